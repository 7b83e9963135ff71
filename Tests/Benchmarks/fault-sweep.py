#!/usr/bin/env python3
"""Lets the kernel refuse one system call of `pawl run` after the other, and looks at what is left.

strace injects the error: the Nth call of a kind fails, for N = 1, 2, 3 … until the run makes no Nth one; each thread
counts for itself. What a stage runs is let go at its start, so only Pawl meets the faults. After every fault: the run
has ended as an undisturbed one or with status 4 and the kernel's words, never hanging, never by a signal; the stores
can be read (`pawl runs`, `pawl show latest`, `pawl cache verify`, `pawl baseline verify`); the next run ends with
status 0 and the same outputs.

    fault-sweep.py --pawl .build-release/release/pawl
    fault-sweep.py --pawl .build-release/release/pawl --calls write,rename --errors ENOSPC --every 5
"""
import argparse
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

# What changes a disk, and what a disk or a policy may say to it.
CALLS = (
    "openat write pwrite64 rename renameat linkat symlink mkdir fsync fdatasync unlink unlinkat rmdir ftruncate "
    "copy_file_range chmod fchmod utimensat flock fcntl"
).split()
ERRORS = ["ENOSPC", "EIO", "EACCES"]
RUN = ["run", "w.yml", "--promote", "--jobs", "1", "--report-dir", "report"]
OUTPUTS = ["data/a", "data/sub/b", "data/l", "tool", "latest", "model.txt", "work/candidate.csv"]

WORKFLOW = """\
pawl: 1
name: swept
params: { seed: 7 }
stages:
  split:
    run: mkdir -p data/sub && cp in.txt data/a && echo b > data/sub/b && ln -s a data/l
    inputs: [in.txt]
    outputs: [data]
  build:
    run: printf 'cat "$1"\\n' > tool && chmod +x tool && ln -s tool latest
    inputs: [tool.txt]
    outputs: [tool, latest]
  train:
    kind: train
    run: echo training; echo ${params.seed} > $PAWL_CHECKPOINT/step; sh ./tool data/a > ${outputs.model}
    inputs: [data, tool]
    outputs: { model: model.txt }
    checkpoint: steps
  evaluate:
    kind: evaluate
    model: model.txt
    run: sh score.sh ${model} work/${subject}.csv
    inputs: [test.csv, score.sh]
    predictions: { path: "work/${subject}.csv", task: binary, id: id, label: label, prediction: guess, positive: "1" }
  gate:
    kind: gate
    baseline: production
    test-set: { budget: 32 }
    rules: [{ metric: accuracy, may-lose: 50pt }]
"""
SCORE = "sed '1s/$/,guess/; 2,$s/,\\([01]\\)$/,\\1,\\1/' test.csv > $2\n"


def test_set(rows):
    return "id,label\n" + "".join(f"{row},{row % 2}\n" for row in range(1, rows + 1))


class Trouble(Exception):
    """A promise that was not kept."""


class Project:
    def __init__(self, pawl, folder):
        self.pawl = pawl
        self.folder = folder

    def write(self, path, text):
        with open(os.path.join(self.folder, path), "w") as file:
            file.write(text)

    def call(self, *arguments, under=(), timeout=120):
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_", "CI"))}
        process = subprocess.run(
            [*under, self.pawl, *arguments], cwd=self.folder, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=timeout)
        return process.returncode, process.stdout, process.stderr

    def expect(self, *arguments):
        status, out, err = self.call(*arguments)
        if status != 0:
            raise Trouble(f"`pawl {' '.join(arguments)}` ended with {status}:\n{out}{err}")
        return out

    def outputs(self):
        found = {}
        for path in OUTPUTS:
            full = os.path.join(self.folder, path)
            if os.path.islink(full):
                found[path] = os.readlink(full)
            elif os.path.exists(full):
                with open(full) as file:
                    found[path] = (os.access(full, os.X_OK), file.read())
        return found

    def leftovers(self):
        return [
            os.path.join(folder, name)
            for folder, folders, files in os.walk(self.folder) for name in folders + files
            if name.startswith(".tmp-") or name.startswith(".pawl-")
        ]

    @staticmethod
    def prepared(pawl, folder):
        """A baseline was promoted; the data and the test set changed, outputs are gone, one was made by hand."""
        project = Project(pawl, folder)
        os.makedirs(os.path.join(folder, ".pawl"))
        project.write("w.yml", WORKFLOW)
        project.write("in.txt", "one\n")
        project.write("tool.txt", "tool\n")
        project.write("score.sh", SCORE)
        project.write("test.csv", test_set(60))
        project.expect(*RUN, "--bootstrap")
        project.write("in.txt", "two\n")
        project.write("test.csv", test_set(61))
        os.remove(os.path.join(folder, "tool"))
        os.remove(os.path.join(folder, "latest"))
        project.write("model.txt", "made by hand\n")
        shutil.rmtree(os.path.join(folder, "report"))
        return project

    def copy(self, folder):
        subprocess.run(["cp", "-a", self.folder + "/.", folder], check=True)
        return Project(self.pawl, folder)


class Sweep:
    def __init__(self, prepared, expected, scratch):
        self.prepared = prepared
        self.expected = expected
        self.scratch = scratch
        self.lock = threading.Lock()
        self.figures = {}

    def strike(self, call, error, number):
        """Whether the run made so many calls of the kind."""
        folder = tempfile.mkdtemp(prefix=f"{call}-{error}-{number}-", dir=self.scratch)
        project = self.prepared.copy(folder)
        trace = os.path.join(self.scratch, os.path.basename(folder) + ".trace")
        under = [
            "strace", "-f", "--detach-on=execve", "-qq", "-o", trace, "-e", f"trace={call}", "-e", "signal=none", "-e",
            f"inject={call}:error={error}:when={number}",
        ]
        where = f"{call} {number} {error}"
        try:
            status, out, err = project.call(*RUN, under=under)
        except subprocess.TimeoutExpired:
            raise Trouble(f"{where}: the run hangs (kept: {folder})")
        with open(trace, errors="replace") as file:
            struck = [line for line in file if "(INJECTED)" in line]
        # What the loader meets, or the runtime that reads the command line, is not Pawl's to answer for.
        is_before = "while loading shared libraries" in err or any("/proc/self/maps" in line for line in struck)
        if not struck or is_before:
            shutil.rmtree(folder)
            os.remove(trace)
            return bool(struck)
        try:
            self.check(project, call, error, status, out + err)
        except (Trouble, subprocess.TimeoutExpired) as trouble:
            raise Trouble(f"{where}: {trouble}\n{''.join(struck)}{out}{err}(kept: {folder})")
        with self.lock:
            for key in (call, f"status {status}"):
                self.figures[key] = self.figures.get(key, 0) + 1
        shutil.rmtree(folder)
        os.remove(trace)
        return True

    def check(self, project, call, error, status, text):
        if status == 0:
            if project.outputs() != self.expected:
                raise Trouble("status 0 and other outputs")
            if not os.path.exists(os.path.join(project.folder, "report", "result.json")) and "warning" not in text:
                raise Trouble("status 0, no report, and not a word of it")
        elif status == 4 or status == 6 and call == "openat":
            # Opening is reading as well, and evidence that cannot be read makes its gate invalid.
            words = os.strerror(getattr(errno, error))
            if ("error" if status == 4 else "INVALID") not in text or words.lower() not in " ".join(text.lower().split()):
                raise Trouble(f"status {status} without `{words}`")
        else:
            raise Trouble(f"status {status}")
        project.expect("runs")
        json.loads(project.expect("show", "latest", "--format", "json"))
        project.expect("cache", "verify")
        project.expect("baseline", "verify")
        project.expect(*RUN)
        if project.outputs() != self.expected:
            raise Trouble("the next run made other outputs")
        project.expect("baseline", "verify")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pawl", default=os.environ.get("PAWL_BINARY", "pawl"))
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--errors", default=",".join(ERRORS), help="one after the other, or all with --all")
    parser.add_argument("--all", action="store_true", help="each call with each error; else the errors take turns")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth call")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    pawl = os.path.abspath(options.pawl) if os.sep in options.pawl else shutil.which(options.pawl)
    if not pawl or not os.access(pawl, os.X_OK):
        sys.exit(f"no program `{options.pawl}`: give `--pawl PATH`")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        sys.exit("strace cannot trace here")

    began = time.monotonic()
    scratch = tempfile.mkdtemp(prefix="pawl-faults-")
    prepared = Project.prepared(pawl, os.path.join(scratch, "prepared"))
    undisturbed = prepared.copy(os.path.join(scratch, "undisturbed"))
    undisturbed.expect(*RUN)
    expected = undisturbed.outputs()
    if set(expected) != set(OUTPUTS) or undisturbed.leftovers():
        sys.exit(f"the undisturbed run made {sorted(expected)} and left {undisturbed.leftovers()}")
    sweep = Sweep(prepared, expected, scratch)
    errors = options.errors.split(",")
    work = options.calls.split(",")
    troubles, lock = [], threading.Lock()

    def sweep_calls():
        while True:
            with lock:
                if not work or troubles:
                    return
                call = work.pop(0)
            number, is_there = 1, True
            while is_there and not troubles:
                for error in errors if options.all else [errors[number // options.every % len(errors)]]:
                    try:
                        is_there = sweep.strike(call, error, number)
                    except (Trouble, OSError) as trouble:
                        troubles.append(str(trouble))
                        return
                    if not is_there:
                        break
                number += options.every

    threads = [threading.Thread(target=sweep_calls) for _ in range(max(1, options.workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trouble in troubles:
        print(trouble)
    print(", ".join(f"{key} {value}" for key, value in sweep.figures.items()) + f", {time.monotonic() - began:.1f} s")
    if not troubles:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
