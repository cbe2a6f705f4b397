"""Trials of the built-in trainer, kept: each runs alone on one thread, and what is known of one is not measured again."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Trials:
    """Measured trials in a file of JSON lines: settings beside validation (the best evaluation), test and the adapter's parameters."""

    def __init__(self, path, binary, workers=2):
        self.path, self.binary, self.workers, self.lock = path, binary, workers, threading.Lock()
        lines = open(path, encoding="utf-8") if os.path.exists(path) else []
        self.known = {key(line["settings"]): line for line in map(json.loads, lines)}

    def measure(self, many):
        """The lines of these settings, in their order."""
        wanted = list({key(settings): settings for settings in many if key(settings) not in self.known}.values())
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for line in pool.map(self.train, wanted):
                self.known[key(line["settings"])] = line
        return [self.known[key(settings)] for settings in many]

    def train(self, settings):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | {
            "AUTOLORA_THREADS": "1", "AUTOLORA_CACHE": os.path.abspath(self.path) + ".cache"}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "config.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(located(settings), file)
            began = time.time()
            output = self.run("train", path, "--output", folder, env=environment)
            seconds = time.time() - began
            reports = [json.loads(line) for line in output.splitlines()]
            test = json.loads(self.run("evaluate", path, "--adapter", os.path.join(folder, "adapter"), env=environment))
        line = {"settings": settings, "seconds": seconds, "test": test, "reports": reports}
        with self.lock, open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{seconds:6.1f} s  test {test}  {settings}", flush=True)
        return line

    def run(self, *arguments, **options):
        run = subprocess.run([self.binary, *arguments], capture_output=True, text=True, **options)
        if run.returncode:
            raise SystemExit(f"autolora {' '.join(arguments)}: {run.stderr[-2000:]}")
        return run.stdout


def key(settings):
    return json.dumps(settings, sort_keys=True)


def located(settings):
    """Files of the repository by their whole paths."""
    return {name: str(ROOT / value) if name in ("model", "train", "validation", "test") else value for name, value in settings.items()}
