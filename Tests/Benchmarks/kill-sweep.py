#!/usr/bin/env python3
"""Kills `pawl` at random moments of a 30-stage workflow and looks at what is left.

After every `kill -9`: the store can be read (`pawl runs`, `pawl show latest`), the next run ends like one that nobody
disturbed (status 0, the same outputs), no stage that had finished is run again, and no process is left alive.

    kill-sweep.py --pawl .build-release/release/pawl --kills 1000 --seed 7
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

LAYERS = 3
WIDTH = 10


def name(layer, index):
    return f"s{layer}-{index}"


def reads(layer, index):
    """The outputs that a stage reads: two of the layer before, so that the graph is no bundle of chains."""
    if layer == 0:
        return []
    return [(layer - 1, index), (layer - 1, (index + 1) % WIDTH)]


def workflow():
    lines = ["pawl: 1", "name: sweep", "stages:"]
    for layer in range(LAYERS):
        for index in range(WIDTH):
            inputs = ["seed.txt"] if layer == 0 else [f"out/{name(*producer)}.txt" for producer in reads(layer, index)]
            stage, out = name(layer, index), f"out/{name(layer, index)}.txt"
            lines += [
                f"  {stage}:",
                f"    run: 'echo {stage} >> $SWEEP_COUNTS; echo {stage} > {out}; {f'sleep 0.0{index % 4}; ' if index % 4 else ''}"
                f"cat {' '.join(inputs)} >> {out}'",
                f"    inputs: [{', '.join(inputs)}]",
                f"    outputs: [{out}]",
            ]
    return "\n".join(lines) + "\n"


def expected(seed):
    """What every output must hold in the end."""
    texts = {}
    for layer in range(LAYERS):
        for index in range(WIDTH):
            parts = [seed] if layer == 0 else [texts[name(*producer)] for producer in reads(layer, index)]
            texts[name(layer, index)] = name(layer, index) + "\n" + "".join(parts)
    return texts


def carriers(mark):
    """Processes that live and carry the mark among their variables."""
    wanted, found = mark.encode(), []
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if wanted not in file.read():
                    continue
            with open(f"/proc/{pid}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Trouble(Exception):
    """A promise that was not kept."""


class Sweep:
    def __init__(self, pawl, seed, folder):
        self.pawl = pawl
        self.random = random.Random(seed)
        self.folder = folder
        self.mark = f"SWEEP_MARK=sweep-{os.getpid()}-{seed}-{os.path.basename(folder)}"
        os.makedirs(os.path.join(folder, ".pawl"))
        self.write("w.yml", workflow())
        self.number = 0
        self.figures = {"kills": 0, "too late": 0, "stages kept": 0, "stages torn": 0, "orphans": 0}
        self.span = 0.0

    def write(self, path, text):
        with open(os.path.join(self.folder, path), "w") as file:
            file.write(text)

    def variables(self):
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_", "CI"))}
        key, _, value = self.mark.partition("=")
        variables[key] = value
        variables["SWEEP_COUNTS"] = os.path.join(self.folder, f"counts-{self.number}")
        return variables

    def start(self, *arguments):
        return subprocess.Popen(
            [self.pawl, *arguments], cwd=self.folder, env=self.variables(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def call(self, *arguments, status=0):
        process = self.start(*arguments)
        out, _ = process.communicate(timeout=60)
        if process.returncode != status:
            raise Trouble(f"`pawl {' '.join(arguments)}` ended with {process.returncode}:\n{out}")
        return out

    def latest(self):
        """Run and finished stages of the newest record."""
        process = subprocess.run(
            [self.pawl, "show", "latest", "--format", "json"], cwd=self.folder, env=self.variables(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        try:
            result = json.loads(process.stdout)
        except ValueError:
            raise Trouble(f"`pawl show latest` ended with {process.returncode}:\n{process.stdout}{process.stderr}")
        done = {stage["name"] for stage in result["stages"] if stage["outcome"] in ("succeeded", "reused")}
        return result["run"]["id"], done

    def next_round(self):
        self.number += 1
        self.write("seed.txt", f"seed {self.number}\n")
        open(os.path.join(self.folder, f"counts-{self.number}"), "w").close()
        # History may be deleted at any time; a long one would only make `pawl runs` the longest part of the sweep.
        runs = os.path.join(self.folder, ".pawl", "runs")
        for run in sorted(os.listdir(runs))[:-4] if os.path.isdir(runs) else []:
            shutil.rmtree(os.path.join(runs, run), ignore_errors=True)

    def measure(self):
        """One run that nobody disturbs, for its length."""
        self.next_round()
        began = time.monotonic()
        self.call("run", "w.yml", "--jobs", "4", "--quiet")
        self.span = time.monotonic() - began
        self.check(set())

    def kill(self):
        self.next_round()
        before = set(os.listdir(os.path.join(self.folder, ".pawl", "runs")))
        process = self.start("run", "w.yml", "--jobs", "4", "--quiet")
        time.sleep(self.random.uniform(0, 1.02 * self.span))
        self.figures["kills"] += 1
        if process.poll() is not None:
            self.figures["too late"] += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        self.figures["orphans"] += len(carriers(self.mark))
        self.call("runs")
        run, done = self.latest()
        if run in before:
            done = set()
        self.call("run", "w.yml", "--jobs", "4", "--quiet")
        self.check(done)
        self.figures["stages kept"] += len(done)

    def check(self, done):
        for stage, text in expected(f"seed {self.number}\n").items():
            with open(os.path.join(self.folder, "out", stage + ".txt")) as file:
                if file.read() != text:
                    raise Trouble(f"round {self.number}: `{stage}` made something else")
        with open(os.path.join(self.folder, f"counts-{self.number}")) as file:
            counts = file.read().split()
        for stage in expected(""):
            count = counts.count(stage)
            if count == 0 or count > 2:
                raise Trouble(f"round {self.number}: `{stage}` ran {count} times")
            if count == 2 and stage in done:
                raise Trouble(f"round {self.number}: `{stage}` had finished and ran again")
            if count == 2:
                self.figures["stages torn"] += 1
        left = carriers(self.mark)
        if left:
            raise Trouble(f"round {self.number}: still alive: {left}")
        os.remove(os.path.join(self.folder, f"counts-{self.number}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pawl", default=os.environ.get("PAWL_BINARY", "pawl"))
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2, help="projects that are swept at the same time")
    options = parser.parse_args()
    pawl = os.path.abspath(options.pawl) if os.sep in options.pawl else shutil.which(options.pawl)
    if not pawl or not os.access(pawl, os.X_OK):
        sys.exit(f"no program `{options.pawl}`: give `--pawl PATH`")

    began = time.monotonic()
    troubles, total, lock = [], {}, threading.Lock()

    def sweep(worker, kills):
        folder = tempfile.mkdtemp(prefix="pawl-sweep-")
        try:
            sweeping = Sweep(pawl, options.seed * 1000 + worker, folder)
            sweeping.measure()
            sweeping.measure()
            for _ in range(kills):
                if troubles:
                    break
                sweeping.kill()
            with lock:
                for key, value in sweeping.figures.items():
                    total[key] = total.get(key, 0) + value
        except (Trouble, OSError, subprocess.TimeoutExpired) as trouble:
            troubles.append(f"{trouble} (kept: {folder})")
            return
        shutil.rmtree(folder, ignore_errors=True)

    workers = max(1, min(options.workers, options.kills))
    shares = [options.kills // workers + (index < options.kills % workers) for index in range(workers)]
    threads = [threading.Thread(target=sweep, args=pair) for pair in enumerate(shares)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trouble in troubles:
        print(trouble)
    figures = ", ".join(f"{key} {value}" for key, value in total.items())
    print(f"seed {options.seed}: {figures}, {time.monotonic() - began:.1f} s")
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
