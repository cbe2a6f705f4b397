"""What the dashboard costs: a study of 10,000 trials and 100,000 reports in a real Chromium, and a running study with 20 who watch.

    python3 Benchmarks/dashboard.py --binary .build/release/autolora
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Browser"))
from chromium import Chromium, binary
from studies import Dashboard, Studies

QUICK = '''
import json
for i in range(1, 11):
    print(json.dumps({"step": i, "eval_accuracy": i / 11, "loss": 1 - i / 11}), flush=True)
'''

SPACE = """
name: {name}
metric: {{name: eval_accuracy, goal: maximize}}
run_cap: {trials}
workers: 1
method: random
warm_start: off
trainer: {{type: command, command: [python3, train.py]}}
parameters: {{x: {{min: 0.0, max: 1.0}}}}
"""


def timed(work):
    begin = time.time()
    result = work()
    return time.time() - begin, result


def large(autolora, folder):
    studies = Studies(autolora, folder)
    studies.forty("seed", cap=2)
    studies.copy("forty", "seed")
    studies.large()
    server = Dashboard(autolora, folder)
    get = lambda path: urllib.request.urlopen(server.address + path, timeout=60).read()

    def tell(what, path):
        before = processor_time(server.process.pid)
        seconds, answer = timed(lambda: get(path))
        print(f"{what:20} {len(answer) / 1e6:5.2f} MB {seconds:6.2f} s, of the processor {processor_time(server.process.pid) - before:5.2f} s")

    tell("list, cold", "/api/studies")
    tell("study, cold", "/api/studies/large")
    tell("trials, cold", "/api/studies/large/trials")
    for kind in ["history", "curves", "parallel", "importances", "slice", "contour", "timeline", "resources"]:
        tell(kind, f"/api/studies/large/plots/{kind}")
    print(f"memory, at most     {server.memory:6.0f} MiB")
    if binary():
        fresh, browser = Dashboard(autolora, folder), Chromium()
        page = browser.page()
        begin = time.time()
        page.open(fresh.address + "/")
        page.wait("document.querySelectorAll('.studies tbody tr').length === 3")
        print(f"browser: list, cold {time.time() - begin:6.2f} s")
        begin = time.time()
        page.open(fresh.address + "/studies/large")
        page.wait("document.querySelector('.facts')", 60)
        print(f"browser: head       {time.time() - begin:6.2f} s")
        page.wait("document.querySelectorAll('.figure .main-svg').length >= 3", 120)
        print(f"browser: plots      {time.time() - begin:6.2f} s")
        print(f"memory, at most     {fresh.memory:6.0f} MiB")
        browser.close()
        fresh.close()
    server.close()


def watch(address, name, isWatched, stop):
    """As a page does: after each change it asks for the study, its trials and two plots."""
    while not stop.is_set():
        if not isWatched.wait(0.2):
            continue
        with urllib.request.urlopen(f"{address}/api/studies/{name}/events", timeout=60) as news:
            while isWatched.is_set() and not stop.is_set():
                if not news.readline().startswith(b"data:"):
                    continue
                for path in ["", "/trials?sort=number&order=down&count=50", "/plots/history", "/plots/curves"]:
                    urllib.request.urlopen(f"{address}/api/studies/{name}{path}", timeout=60).read()
                stop.wait(0.5)


def processor_time(pid):
    """Seconds of the processor that a process has had, to the nanosecond: its own, not its children's."""
    return time.clock_gettime((~pid << 3) | 2)


class Controller:
    """A study that runs, and how much of the processor its controller has had by how many trials."""

    def __init__(self, autolora, studies, trials):
        space = studies.space("watched", QUICK, SPACE.format(name="watched", trials=trials))
        self.process = subprocess.Popen([autolora, "run", space, "--quiet"], cwd=studies.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.folder = f"{studies.root}/watched/trials"

    def after(self, trials):
        """Waits for so many more; returns their number and seconds of the processor."""
        begin = self.sample()
        while True:
            now = self.sample()
            if now is None or now[0] - begin[0] >= trials:
                return now and (now[0] - begin[0], now[1] - begin[1])
            time.sleep(0.003)

    def sample(self):
        """At the beginning of a trial, so that both belong together; None: it is over."""
        count = self.count()
        while self.count() == count:
            if self.process.poll() is not None:
                return None
            time.sleep(0.002)
        return self.count(), processor_time(self.process.pid)

    def count(self):
        return len(os.listdir(self.folder)) if os.path.exists(self.folder) else 0


def watched(autolora, studies, pairs, size):
    """The controller's seconds a trial without and with 20 who watch, in one run: blocks of trials in turns (ABBA), so that what changes
    slowly, the machine or the growing study, is on both sides alike."""
    stop, isWatched = threading.Event(), threading.Event()
    controller = Controller(autolora, studies, trials=(2 * pairs + 2) * (size + 14))
    while controller.count() < 3:
        time.sleep(0.02)
    server = Dashboard(autolora, studies.folder)
    for _ in range(20):
        threading.Thread(target=watch, args=(server.address, "watched", isWatched, stop), daemon=True).start()
    differences, costs = [], {False: [], True: []}
    for pair in range(pairs):
        cost = {}
        for isOn in [False, True] if pair % 2 == 0 else [True, False]:
            isWatched.set() if isOn else isWatched.clear()
            # Those who watch come, or go.
            controller.after(10)
            count, seconds = controller.after(size)
            cost[isOn] = seconds / count
            costs[isOn].append(cost[isOn])
        differences.append(cost[True] / cost[False] - 1)
    stop.set()
    controller.process.terminate()
    controller.process.wait(60)
    server.close()
    return costs, differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/autolora")
    parser.add_argument("--pairs", type=int, default=16, help="of blocks of trials, without and with those who watch")
    parser.add_argument("--size", type=int, default=40, help="trials of a block")
    parser.add_argument("--only", choices=["large", "watched"])
    options = parser.parse_args()
    autolora = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "watched":
            large(autolora, folder)
        if options.only == "large":
            return
        costs, differences = watched(autolora, Studies(autolora, folder + "/small"), options.pairs, options.size)
        alone, seen = (1000 * statistics.mean(costs[isOn]) for isOn in [False, True])
        error = statistics.stdev(differences) / len(differences) ** 0.5
        print(f"controller, ms of the processor a trial: {alone:.3f} alone, {seen:.3f} with 20 watching, {len(differences)} pairs of blocks of {options.size}")
        print(f"more by {100 * statistics.mean(differences):+.2f} %, standard error {100 * error:.2f} %")


main()
