"""A layered workflow of N stages, the same for every tool: each stage `cat`s one to three files of the layer before.

Sources are ten bytes each; ten stages stand in five layers, more in ten, so that no file outgrows about 30 KB.
"""
import hashlib
import os
import random
import shutil
import subprocess


class Layered:
    def __init__(self, count, seed=1):
        chance = random.Random(seed)
        layers = 5 if count <= 10 else 10
        width = max(1, count // layers)
        self.files = {f"in/f{i:05d}.txt": f"src {i:05d}\n".encode() for i in range(width)}
        self.stages = []
        before = list(self.files)
        for layer in range(layers):
            made = []
            for _ in range(width if layer < layers - 1 else count - len(self.stages)):
                reads = sorted(chance.sample(before, min(len(before), chance.randint(1, 3))))
                name = f"s{len(self.stages):05d}"
                made.append(f"out/{name}.txt")
                self.stages.append((name, layer, reads, made[-1], f"cat {' '.join(reads)} > {made[-1]}"))
                self.files[made[-1]] = b"".join(self.files[path] for path in reads)
            before = made

    def write(self, folder, tool):
        """The sources and the tool's own file; the outputs are not made yet."""
        os.makedirs(os.path.join(folder, "in"))
        os.makedirs(os.path.join(folder, "out"))
        for path, content in self.files.items():
            if path.startswith("in/"):
                with open(os.path.join(folder, path), "wb") as file:
                    file.write(content)
        with open(os.path.join(folder, "paths"), "w") as file:
            file.writelines(path + "\n" for path in self.files)
        getattr(self, tool)(folder)
        return folder

    def make_outputs(self, folder):
        for _, _, _, out, _ in self.stages:
            with open(os.path.join(folder, out), "wb") as file:
                file.write(self.files[out])

    def are_made(self, folder):
        """Whether every output holds what it must."""
        def holds(out):
            path = os.path.join(folder, out)
            return os.path.exists(path) and open(path, "rb").read() == self.files[out]

        return all(holds(out) for _, _, _, out, _ in self.stages)

    def pawl(self, folder):
        text = "pawl: 1\nname: layered\nstages:\n" + "".join(
            f"  {name}:\n    run: {command}\n    inputs: [{', '.join(reads)}]\n    outputs: [{out}]\n"
            for name, _, reads, out, command in self.stages)
        save(folder, "pawl.yaml", text)

    def ninja(self, folder):
        save(folder, "build.ninja", "rule c\n  command = cat $in > $out\n" + "".join(
            f"build {out}: c {' '.join(reads)}\n" for _, _, reads, out, _ in self.stages))

    def make(self, folder):
        save(folder, "Makefile", ".PHONY: all\nall: " + " ".join(stage[3] for stage in self.stages) + "\n" + "".join(
            f"{out}: {' '.join(reads)}\n\t@{command}\n" for _, _, reads, out, command in self.stages))

    def doit(self, folder):
        save(folder, "dodo.py", "DOIT_CONFIG = {'verbosity': 0}\ndef task_s():\n" f"    for n, deps, out, cmd in "
             f"{[(name, reads, out, command) for name, _, reads, out, command in self.stages]!r}:\n"
             "        yield {'name': n, 'file_dep': deps, 'targets': [out], 'actions': [cmd]}\n")

    def floor(self, folder):
        save(folder, "commands", "".join(f"{layer}\t{command}\n" for _, layer, _, _, command in self.stages))

    def dvc(self, folder):
        """With the lock file and the cache that a finished `dvc repro` leaves: made so, it takes minutes."""
        git = ["git", "-C", folder, "-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
        subprocess.run([*git, "init", "-q"], check=True)
        save(folder, ".dvc/config", "[core]\n    analytics = false\n")
        save(folder, ".dvc/.gitignore", "/config.local\n/tmp\n/cache\n")
        save(folder, ".dvcignore", "")
        save(folder, "out/.gitignore", "".join(f"/{os.path.basename(stage[3])}\n" for stage in self.stages))
        self.make_outputs(folder)

        def entry(path):
            content = self.files[path]
            digest = hashlib.md5(content).hexdigest()
            kept = os.path.join(folder, ".dvc/cache/files/md5", digest[:2], digest[2:])
            if path.startswith("out/") and not os.path.exists(kept):
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                shutil.copy(os.path.join(folder, path), kept)
            return f"    - path: {path}\n      hash: md5\n      md5: {digest}\n      size: {len(content)}\n"

        asked, locked = "stages:\n", "schema: '2.0'\nstages:\n"
        for name, _, reads, out, command in self.stages:
            head = f"  {name}:\n    cmd: {command}\n    deps:\n"
            asked += head + "".join(f"    - {path}\n" for path in reads) + f"    outs:\n    - {out}\n"
            locked += head + "".join(map(entry, reads)) + "    outs:\n" + entry(out)
        save(folder, "dvc.yaml", asked)
        save(folder, "dvc.lock", locked)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "layered"], check=True)


def save(folder, path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
