"""Studies for the browser to look at: run by the built binary with a toy trainer, or made of those."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

TRAINER = '''
import json, math, os, random, sys, time
given = json.load(open(os.environ["AUTOLORA_CONFIG"]))["parameters"]
number, folder = int(os.environ["AUTOLORA_TRIAL"]), os.environ["AUTOLORA_TRIAL_DIR"]
rate, r = float(given["learning_rate"]), int(given["r"])
chance = random.Random(number)
print("trial", number, "begins with", given, flush=True)
if given.get("break") == "yes":
    sys.exit(f"Traceback: the data loader died in worker {number}")
if number % 12 == 5:
    print("RuntimeError: loss is not a number at step %d" % (number + 10), file=sys.stderr)
    sys.exit(1)
last = int(os.environ.get("AUTOLORA_STOP_AFTER") or 9)
done = os.environ.get("AUTOLORA_RESUME_FROM")
first = 1 + int(open(done + "/at").read()) if done else 1
peak = 0.9 - 0.08 * (math.log10(rate) + 3.2) ** 2 - 0.02 * (math.log2(r) - 3.5) ** 2 / 4
for i in range(first, last + 1):
    value = peak * (1 - 0.6 * math.exp(-i / 2.5)) + chance.uniform(-0.006, 0.006)
    print(json.dumps({"step": 100 * i, "eval_accuracy": round(value, 4), "eval_loss": round(1.6 - 1.4 * value, 4), "loss": round(1.9 - 1.6 * value, 4),
                      "trainable_parameters": 9000 * r, "peak_memory_bytes": 3e8 + 4e6 * r, "tokens_per_second": 5200 - 30 * r,
                      "train_seconds": round(1.7 * i, 2), "eval_confusion_matrix": json.dumps([[120, 11], [9, 110 + i]])}), flush=True)
    os.makedirs(folder + "/checkpoint", exist_ok=True)
    open(folder + "/checkpoint/at", "w").write(str(i))
os.makedirs(folder + "/adapter", exist_ok=True)
open(folder + "/adapter/adapter_config.json", "w").write("{}")
'''

LIVE = '''
import json, os, sys, time
place = os.path.dirname(os.path.abspath(__file__))
for i in range(1, 1000):
    while not os.path.exists(f"{place}/go{i}"):
        time.sleep(0.01)
        if os.path.exists(f"{place}/end"):
            sys.exit(0)
    print(json.dumps({"step": i, "eval_accuracy": 0.5 + i / 1000}), flush=True)
'''

HOSTILE = '''
import json, os, sys
print("<script>document.title='owned'</script><img src=x onerror=\\"document.title='owned'\\">", flush=True)
print("x" * (1 << 20))
sys.stdout.buffer.write(bytes(range(256)) * 40 + b"\\n")
sys.stdout.flush()
print(json.dumps({"step": 1, "eval_accuracy": 0.5, "<b>bold</b>": 1.5, "<img src=x onerror=alert(1)>": 2}), flush=True)
if int(os.environ["AUTOLORA_TRIAL"]) == 1:
    sys.exit("<script>document.title='owned'</script> & \\u202e \\x1b[31m went wrong")
'''

SPACE = """
name: {name}
{metric}
run_cap: {cap}
workers: 2
seed: 7
method: random
warm_start: off
early_terminate: {{type: asha, eta: 3, min_iter: 1, max_iter: 9}}
trainer: {{type: command, command: [python3, train.py]}}
parameters:
  learning_rate: {{distribution: log_uniform_values, min: 1e-5, max: 1e-2}}
  r: {{values: [4, 8, 16, 32, 64]}}
  target_modules: {{values: [[query, value], all-linear]}}
  lora_dropout: {{min: 0.0, max: 0.2}}
{more}"""


class Studies:
    """A folder of studies, in a folder of a test's own."""

    def __init__(self, autolora, folder):
        self.autolora, self.folder, self.root = autolora, folder, folder + "/studies"
        os.makedirs(folder, exist_ok=True)

    def run(self, *words, fails=False):
        done = subprocess.run([self.autolora, *words], cwd=self.folder, capture_output=True, text=True, errors="replace", timeout=300)
        if done.returncode and not fails:
            raise RuntimeError(f"{words}: {done.stderr[-2000:]}")
        return done

    def space(self, name, trainer, text):
        place = f"{self.folder}/{name}-space"
        os.makedirs(place, exist_ok=True)
        for file, content in [("train.py", trainer), ("space.yaml", text)]:
            with open(f"{place}/{file}", "w") as out:
                out.write(content)
        return f"{name}-space/space.yaml"

    def forty(self, name="forty", cap=40, metric="metric: {name: eval_accuracy, goal: maximize}", more=""):
        self.run("run", self.space(name, TRAINER, SPACE.format(name=name, metric=metric, cap=cap, more=more)), "--quiet", fails=True)

    def several(self, cap=20):
        self.forty("several", cap, "metrics: [{name: eval_accuracy, goal: maximize}, {name: trainable_parameters, goal: minimize}]")

    def failed(self):
        self.forty("failed", 6, more='  break: {value: "yes"}\n')

    def hostile(self):
        self.run("run", self.space("hostile", HOSTILE, """
name: hostile
metric: {name: eval_accuracy, goal: maximize}
run_cap: 2
warm_start: off
trainer: {type: command, command: [python3, train.py]}
parameters:
  choice: {values: ["<script>document.title='owned'</script>", "<img src=x onerror=\\"document.title='owned'\\">"]}
  "<b>name</b>": {values: ["a&lt;b", "</td><td>"]}
"""), "--quiet", fails=True)

    def job(self, name, trial, job, phase, reason=None, node=None, submitted=0, started=None):
        """What a cluster says of a trial's job, as the run of a study on one records it; times are seconds ago."""
        now = time.time()
        with sqlite3.connect(f"{self.root}/{name}/study.sqlite", timeout=20) as db:
            db.execute("""INSERT OR REPLACE INTO job (trial, launch, name, job, phase, reason, node, requeued, submitted_at, since, started_at)
                          VALUES (?, 1, ?, ?, ?, ?, ?, 0, ?, ?, ?)""",
                       [trial, f"al-0-t{trial}-l1", job, phase, reason, node, now - submitted, now, now - started if started else None])

    def live(self, name="live", trials=1, workers=1):
        """A study whose trials report when they are told to."""
        space = self.space(name, LIVE, f"""
name: {name}
metric: {{name: eval_accuracy, goal: maximize}}
method: random
run_cap: {trials}
workers: {workers}
warm_start: off
grace: 2s
trainer: {{type: command, command: [python3, train.py]}}
parameters:
  learning_rate: {{distribution: log_uniform_values, min: 1e-5, max: 1e-2}}
  r: {{values: [8, 16, 32]}}
""")
        return LiveRun(self, name, space)

    def copy(self, name, of="forty"):
        shutil.copytree(f"{self.root}/{of}", f"{self.root}/{name}")
        return f"{self.root}/{name}/study.sqlite"

    def empty(self):
        with sqlite3.connect(self.copy("empty")) as db:
            for table in ["report", "trial", "event"]:
                db.execute(f"DELETE FROM {table}")
            db.execute("UPDATE study SET name = 'empty', finished_at = NULL")

    def damaged(self):
        with open(self.copy("damaged"), "r+b") as file:
            size = file.seek(0, 2)
            for place in range(4096, size, 512):
                file.seek(place)
                file.write(bytes(64))

    def large(self, trials=10_000, reports=10):
        """As many trials and reports as the largest studies have; not run, but written."""
        database = self.copy("large")
        chance = random.Random(1)
        with sqlite3.connect(database) as db:
            for table in ["report", "trial", "event"]:
                db.execute(f"DELETE FROM {table}")
            db.execute("UPDATE study SET name = 'large', run_cap = ?", [trials])
            start = 1.7e9
            db.execute("INSERT INTO event (at, kind, run_cap) VALUES (?, 'began', ?)", [start, trials])
            for number in range(trials):
                at = start + number
                given = {"learning_rate": 10 ** chance.uniform(-5, -2), "r": chance.choice([4, 8, 16, 32, 64]),
                         "lora_dropout": round(chance.uniform(0, 0.2), 4), "target_modules": chance.choice([["query", "value"], "all-linear"])}
                state = "failed" if number % 97 == 0 else chance.choice(["complete", "pruned"])
                db.execute("""INSERT INTO trial (number, state, assignment, launches, started_at, ended_at, seconds, error)
                              VALUES (?, ?, ?, 1, ?, ?, 9.5, ?)""",
                           [number, state, json.dumps(given), at, at + 9.5, "exit code 1" if state == "failed" else None])
                db.execute("INSERT INTO event (at, kind, trial) VALUES (?, 'added', ?)", [at, number])
                peak = chance.uniform(0.5, 0.9)
                for i in range(1, reports + 1):
                    value = peak * (1 - 0.5 ** i)
                    metrics = {"eval_loss": 1 - value, "loss": 1.1 - value, "trainable_parameters": 9000 * given["r"], "peak_memory_bytes": 3e8,
                               "tokens_per_second": 5000.0, "train_seconds": i * 0.9}
                    db.execute("INSERT INTO report (trial, iter, step, value, metrics, reported_at) VALUES (?, ?, ?, ?, ?, ?)",
                               [number, i, 100 * i, value, json.dumps(metrics), at + i * 0.9])
                    db.execute("INSERT INTO event (at, kind, trial, iter) VALUES (?, 'reported', ?, ?)", [at + i * 0.9, number, i])
                db.execute("INSERT INTO event (at, kind, trial, state) VALUES (?, 'settled', ?, ?)", [at + 9.5, number, state])


class LiveRun:
    """A run that goes on until it is ended; each report is asked for."""

    def __init__(self, studies, name, space):
        self.place, self.reports = f"{studies.folder}/{name}-space", 0
        self.process = subprocess.Popen([studies.autolora, "run", space, "--quiet"], cwd=studies.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            if os.path.exists(f"{studies.root}/{name}/trials/0/config.json"):
                break
            time.sleep(0.02)

    def report(self):
        self.reports += 1
        open(f"{self.place}/go{self.reports}", "w").close()

    def end(self):
        open(f"{self.place}/end", "w").close()
        self.process.wait(60)


class Dashboard:
    """The server, on a port that was free."""

    def __init__(self, autolora, folder, *words):
        self.process = subprocess.Popen([autolora, "dashboard", "--port", "0", *words], cwd=folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if "http" not in line:
            raise RuntimeError(f"the dashboard did not begin: {line}")
        self.address = line.split()[-1].rstrip("/")

    @property
    def memory(self):
        """MiB that it has had at most."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

    def close(self):
        self.process.terminate()
        begin = time.time()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code, time.time() - begin
