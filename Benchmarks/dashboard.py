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
    print(f"list, cold          {timed(lambda: get('/api/studies'))[0]:6.2f} s")
    print(f"study, cold         {timed(lambda: get('/api/studies/large'))[0]:6.2f} s")
    print(f"trials              {timed(lambda: get('/api/studies/large/trials'))[0]:6.2f} s")
    for kind in ["history", "curves", "parallel", "importances", "slice", "contour", "timeline", "resources"]:
        seconds, answer = timed(lambda: get(f"/api/studies/large/plots/{kind}"))
        print(f"{kind:12} {len(answer) / 1e6:4.1f} MB {seconds:6.2f} s")
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


def watch(address, name, stop):
    """As a page does: after each change it asks for the study, its trials and two plots."""
    news = urllib.request.urlopen(f"{address}/api/studies/{name}/events", timeout=60)
    while not stop.is_set():
        if not news.readline().startswith(b"data:"):
            continue
        for path in ["", "/trials?sort=number&order=down&count=50", "/plots/history", "/plots/curves"]:
            urllib.request.urlopen(f"{address}/api/studies/{name}{path}", timeout=60).read()
        stop.wait(0.5)


def controller_seconds(autolora, studies, name, trials, watchers):
    """CPU seconds of the controller's own process for each trial."""
    space = studies.space(name, QUICK, SPACE.format(name=name, trials=trials))
    process = subprocess.Popen([autolora, "run", space, "--quiet"], cwd=studies.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(f"{studies.root}/{name}/study.sqlite"):
        time.sleep(0.02)
    stop, threads, server = threading.Event(), [], None
    if watchers:
        server = Dashboard(autolora, studies.folder)
        threads = [threading.Thread(target=watch, args=(server.address, name, stop), daemon=True) for _ in range(watchers)]
        for thread in threads:
            thread.start()
    ticks = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks = max(ticks, int(fields[11]) + int(fields[12]))
        except OSError:
            pass
        time.sleep(0.01)
    stop.set()
    if server:
        server.close()
    return ticks / os.sysconf("SC_CLK_TCK") / trials


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/autolora")
    parser.add_argument("--trials", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    autolora = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as folder:
        large(autolora, folder)
        studies = Studies(autolora, folder)
        alone, watched = [], []
        for round in range(options.rounds):
            alone.append(controller_seconds(autolora, studies, f"alone{round}", options.trials, 0))
            watched.append(controller_seconds(autolora, studies, f"watched{round}", options.trials, 20))
            print(f"controller, ms of CPU a trial: {alone[-1] * 1000:.2f} alone, {watched[-1] * 1000:.2f} with 20 watching")
        print(f"in the middle: {statistics.median(alone) * 1000:.2f} and {statistics.median(watched) * 1000:.2f} ms, "
              f"{100 * (statistics.median(watched) / statistics.median(alone) - 1):+.1f} %")


main()
