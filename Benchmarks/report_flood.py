#!/usr/bin/env python3
"""Eight trials that report as fast as is asked for, and a reader beside them: is any report lost, and how long does
`status` take meanwhile?

    Benchmarks/report_flood.py [--rate 1000] [--seconds 60] [--children 8] [--binary .build/release/autolora]"""

import argparse
import json
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int count, char **words) {
    double rate = atof(getenv("RATE"));
    long reports = (long)(rate * atof(getenv("SECONDS")));
    struct timespec start, wake;
    clock_gettime(CLOCK_MONOTONIC, &start);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (long i = 1; i <= reports; i++) {
        double due = start.tv_sec + start.tv_nsec / 1e9 + i / rate;
        wake.tv_sec = (time_t)due;
        wake.tv_nsec = (long)((due - wake.tv_sec) * 1e9);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
        printf("{\\"step\\": %ld, \\"score\\": %.6f, \\"loss\\": 0.5, \\"learning_rate\\": 0.001}\\n", i, 1 - 1.0 / i);
    }
    return 0;
}
"""

SPACE = """
name: flood
metric: {{name: score, goal: maximize}}
method: random
run_cap: {children}
workers: {children}
warm_start: off
trainer: {{type: command, command: [{program}]}}
parameters: {{x: {{min: 0.0, max: 1.0}}}}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=1000, help="reports a second, of all children together")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--children", type=int, default=8)
    parser.add_argument("--binary", default=str(Path(__file__).resolve().parent.parent / ".build/release/autolora"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="autolora-flood-") as folder:
        program = Path(folder, "trial")
        Path(folder, "trial.c").write_text(PROGRAM)
        subprocess.run(["cc", "-O1", "-o", program, f"{program}.c"], check=True)
        Path(folder, "space.yaml").write_text(SPACE.format(children=options.children, program=program))
        environment = {"RATE": str(options.rate / options.children), "SECONDS": str(options.seconds)}
        start = time.monotonic()
        run = subprocess.Popen(
            [options.binary, "run", "space.yaml", "--quiet"], cwd=folder, stdout=subprocess.DEVNULL,
            env={**__import__("os").environ, **environment})
        waits = []
        while run.poll() is None:
            time.sleep(0.5)
            begin = time.monotonic()
            status = subprocess.run([options.binary, "status", "flood"], cwd=folder, capture_output=True)
            if status.returncode == 0:
                waits.append(time.monotonic() - begin)
        took = time.monotonic() - start
        with sqlite3.connect(f"file:{folder}/studies/flood/study.sqlite?mode=ro", uri=True) as store:
            rows = store.execute("SELECT trial, count(*), max(iter), count(DISTINCT step) FROM report GROUP BY trial").fetchall()
        each = int(options.rate / options.children * options.seconds)
        lost = sum(each - count for _, count, _, _ in rows) + each * (options.children - len(rows))
        doubled = sum(count - steps for _, count, _, steps in rows)
        print(f"{each * options.children} reports in {took:.1f} s (asked for {options.seconds:.0f} s), exit code {run.returncode}: "
              f"{lost} lost, {doubled} doubled")
        print(f"  status meanwhile: median {1000 * statistics.median(waits):.0f} ms, "
              f"most {1000 * max(waits):.0f} ms, of {len(waits)}")
        begin = time.monotonic()
        json.loads(subprocess.run([options.binary, "status", "flood", "--json"], cwd=folder, check=True, capture_output=True).stdout)
        print(f"  status afterwards {1000 * (time.monotonic() - begin):.0f} ms")


if __name__ == "__main__":
    main()
