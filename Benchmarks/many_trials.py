#!/usr/bin/env python3
"""What a study of many scripted trials costs: the controller's memory, its time a trial, and what readers wait for.

    Benchmarks/many_trials.py [--trials 10000] [--workers 2] [--method random] [--early asha] [--binary .build/release/autolora]

Compares the last tenth of the trials with the first, by the launches' times in the store and by the controller's own
processor time, and measures `status` and `trials --json` at the end, the best of five."""

import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

SPACE = """
name: many
metric: {{name: score, goal: maximize}}
method: {method}
run_cap: {trials}
workers: {workers}
seed: 1
warm_start: off
early_terminate: {early}
trainer: {{type: command, command: [{program}, "${{args}}"]}}
parameters:
  x: {{min: 0.0, max: 1.0}}
  y: {{distribution: log_uniform_values, min: 1e-5, max: 1e-1}}
"""

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
    double x = atof(words[1] + 4);
    const char *stop = getenv("AUTOLORA_STOP_AFTER");
    for (int i = 1; i <= 3 && !(stop && i > atoi(stop)); i++) printf("{\\"step\\": %d, \\"score\\": %.6f, \\"loss\\": %.6f}\\n", i, x * i / 3, 1 - x);
    return 0;
}
"""


def figures(pid):
    """Resident bytes and processor seconds of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return resident, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def best_of(times, command):
    durations = []
    for _ in range(times):
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        durations.append(time.monotonic() - start)
    return min(durations)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--method", default="random")
    parser.add_argument("--early", default="none", help="a type of early termination: rungs at one and three reports")
    parser.add_argument("--binary", default=str(Path(__file__).resolve().parent.parent / ".build/release/autolora"))
    options = parser.parse_args()
    early = "{type: none}" if options.early == "none" else f"{{type: {options.early}, eta: 3, min_iter: 1, max_iter: 3}}"
    with tempfile.TemporaryDirectory(prefix="autolora-many-") as folder:
        program = Path(folder, "trial")
        Path(folder, "trial.c").write_text(PROGRAM)
        subprocess.run(["cc", "-O1", "-o", program, f"{program}.c"], check=True)
        Path(folder, "space.yaml").write_text(
            SPACE.format(method=options.method, trials=options.trials, workers=options.workers, program=program, early=early))
        log = open(Path(folder, "log"), "w")
        start = time.monotonic()
        run = subprocess.Popen([options.binary, "run", "space.yaml"], cwd=folder, stderr=log, stdout=log)
        database = Path(folder, "studies/many/study.sqlite")
        samples = []
        while run.poll() is None:
            time.sleep(0.5)
            try:
                with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
                    trials = store.execute("SELECT count(*) FROM trial").fetchone()[0]
                samples.append((trials, *figures(run.pid), time.monotonic() - start))
            except (sqlite3.Error, OSError, StopIteration):
                continue
        print(f"{options.trials} trials, {options.method}, early termination {options.early}, {options.workers} at a time: "
              f"{time.monotonic() - start:.1f} s, exit code {run.returncode}")
        tenth = options.trials / 10

        def at(count):
            return min(samples, key=lambda sample: abs(sample[0] - count))

        for part, (begin, end) in {"first": (0.5, 1.5), "middle": (4.5, 5.5), "last": (8.9, 9.9)}.items():
            (a, _, cpu_a, wall_a), (b, memory, cpu_b, wall_b) = at(begin * tenth), at(end * tenth)
            if b > a:
                print(f"  {part:6}  {1000 * (wall_b - wall_a) / (b - a):6.2f} ms a trial, "
                      f"{1000 * (cpu_b - cpu_a) / (b - a):6.2f} ms of it the controller's processor time, "
                      f"{memory / 2**20:6.1f} MiB")
        print(f"  most memory {max(sample[1] for sample in samples) / 2**20:.1f} MiB")
        for command in (["status", "many"], ["status", "many", "--json"], ["trials", "many", "--json"]):
            seconds = best_of(5, [options.binary, *command, "--studies", f"{folder}/studies"])
            print(f"  {' '.join(command):20} {seconds:.3f} s")
        state = json.loads(subprocess.run(
            [options.binary, "status", "many", "--json", "--studies", f"{folder}/studies"],
            check=True, capture_output=True).stdout)
        ended = sum(state["trials"].get(name, 0) for name in ("complete", "pruned"))
        reports = state["trials"]["complete"] * 3 + state["trials"].get("pruned", 0)
        assert ended == options.trials and state["reports"] == reports, state


if __name__ == "__main__":
    main()
