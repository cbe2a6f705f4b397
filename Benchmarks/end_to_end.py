#!/usr/bin/env python3
"""From an empty folder to a configuration whose quality is confirmed: ours against Optuna around PEFT, on the same space, data and machine.

  end_to_end.py RESULTS.jsonl [--binary B] [--python P] [--data NAME ...] [--seeds N] [--minutes M] [--table] [--plot FILE.svg]

For each data set and seed both sides search in turn, two workers of one thread each: `autolora run` (its own choice of method, ASHA with eta 2, its defaults
otherwise) and Benchmarks/peers/optuna_peft.py (Optuna's TPE and the best of its pruners, docs/search.md). Each then trains its winner with
three further seeds, which is part of its time. Afterwards, outside of all times, each configuration that was some side's best for a
while is trained with three seeds that no search has had (by the built-in trainer, which learns what PEFT learns step by step):
their mean best validation accuracy is what the configuration is worth. The time that counts is that until the side's best is worth within
--distance of the best that any configuration of the data set is worth.

RESULTS keeps a line for each search and each judged configuration: what is in it is not done again. --minutes begins no search later.
--table runs nothing. Needs scripts/fetch-reviews.py's data, and a Python with torch, transformers, peft and optuna (--python)."""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import end_to_end_plot

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = ["movie-reviews", "tweets", "product-reviews"]
SPACE = {
    "learning_rate": {"distribution": "log_uniform_values", "min": 3e-4, "max": 1e-2},
    "r": {"values": [2, 4, 8, 16]},
    "lora_alpha": {"values": [8, 16, 32]},
    "lora_dropout": {"min": 0.0, "max": 0.1},
    "target_modules": {"values": [["query", "value"], ["query", "key", "value"], "all-linear"]},
    "layers_to_transform": {"values": ["all", "last-4", "last-2"]},
}
FRESH = [1001, 1002, 1003]
JUDGES = [2001, 2002, 2003]


def settings(data, a):
    """What both sides train with besides the space."""
    folder = ROOT / "data" / data
    return {
        "task": "sequence-classification", "model": str(ROOT / "models/all-MiniLM-L6-v2"), "train": str(folder / "train.jsonl"),
        "validation": str(folder / "validation.jsonl"), "max_steps": a.steps, "eval_steps": a.steps // a.reports, "batch_size": 32,
        "max_length": 64, "warmup_ratio": 0.1, "lr_scheduler_type": "cosine", "weight_decay": 0.01, "max_grad_norm": 1.0,
    }


def cpu_seconds(pid):
    """Of a process and all that it has started, as far as they live or were waited for."""
    stats = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            stats[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    family, ticks = {pid}, 0
    while more := {child for child, (parent, _) in stats.items() if parent in family} - family:
        family |= more
    return sum(stats[one][1] for one in family if one in stats) / os.sysconf("SC_CLK_TCK")


class Side:
    """A process whose lines tell of reports; notes what was its best, and since when."""

    def __init__(self, command, stdout=subprocess.PIPE, **options):
        self.began, self.before = time.time(), children_cpu()
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=stdout, stderr=self.errors, text=True, **options)
        self.marks, self.lines = [], []

    def note(self, **mark):
        self.marks.append({"seconds": time.time() - self.began, "cpu": cpu_seconds(self.process.pid), **mark})

    def follow(self, take):
        for line in self.process.stdout:
            self.lines.append(line)
            take(line)
        if self.process.wait():
            self.errors.seek(0)
            sys.exit(f"{self.process.args[:3]}: {self.errors.read()[-2000:]}")
        return {"seconds": time.time() - self.began, "cpu": children_cpu() - self.before}


def train(binary, configurations):
    """The best validation accuracy of each, two at a time on one thread each."""
    with tempfile.TemporaryDirectory() as folder:
        results, waiting = {}, list(enumerate(configurations))

        def work():
            while waiting:
                number, settings = waiting.pop(0)
                path = os.path.join(folder, f"{number}.json")
                with open(path, "w") as file:
                    json.dump(settings, file)
                run = subprocess.run(
                    [binary, "train", path, "--output", os.path.join(folder, str(number))], capture_output=True, text=True,
                    env={**os.environ, "AUTOLORA_THREADS": "1", "AUTOLORA_CACHE": os.path.join(folder, "cache")})
                if run.returncode:
                    sys.exit(f"autolora train: {run.stderr[-1000:]}")
                results[number] = max(json.loads(line)["eval_accuracy"] for line in run.stdout.splitlines())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [results[number] for number in range(len(configurations))]


def ours(data, seed, a):
    fixed = settings(data, a)
    space = {
        "name": "study", "metric": {"name": "eval_accuracy", "goal": "maximize"}, "method": "auto", "run_cap": a.trials, "workers": 2,
        "seed": seed, "early_terminate": {"type": "asha", "eta": 2, "min_iter": 1, "max_iter": a.reports},
        "trainer": {"type": "lora", **fixed}, "parameters": SPACE, **({"warm_start": "off"} if a.bare else {}),
    }
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "space.yaml"), "w") as file:
            json.dump(space, file)    # JSON is YAML
        side = Side(
            [a.binary, "run", os.path.join(folder, "space.yaml"), "--studies", folder], stdout=subprocess.DEVNULL, cwd=folder)
        # The run's own log goes to standard error: a line for each new best.
        side.process.stdout = follow_file(side.errors, side.process)

        def take(line):
            if "(best so far)" in line:
                words = line.split()
                side.note(trial=int(words[1]), iter=int(words[3].rstrip(":")))

        search = side.follow(take)
        trials = json.loads(subprocess.check_output([a.binary, "trials", "study", "--studies", folder, "--json"]))
        for mark in side.marks:
            trial = trials[mark["trial"]]
            mark["parameters"] = trial["parameters"]
            mark["value"] = max(report["value"] for report in trial["reports"] if report["iter"] <= mark["iter"])
        best = json.loads(subprocess.check_output([a.binary, "best", "study", "--studies", folder, "--json"]))
        began, before = time.time(), children_cpu()
        confirmed = train(a.binary, [{**fixed, **best["parameters"], "seed": fresh} for fresh in FRESH])
        return {
            "marks": side.marks, "search": search, "confirm": {"seconds": time.time() - began, "cpu": children_cpu() - before},
            "confirmed": confirmed, "trials": len(trials), "reports": sum(len(trial["reports"]) for trial in trials),
        }


def follow_file(file, process):
    """The lines of a file as they come, until the process that writes it ends."""
    rest = ""
    with open(f"/proc/self/fd/{file.fileno()}", encoding="utf-8") as reader:
        while True:
            ended = process.poll() is not None
            rest += reader.read()
            *lines, rest = rest.split("\n")
            yield from lines
            if ended:
                return
            time.sleep(0.02)


def children_cpu():
    times = os.times()
    return times.children_user + times.children_system


def optuna(data, seed, a):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "job.json")
        with open(path, "w") as file:
            json.dump({
                "space": SPACE, "trainer": settings(data, a), "trials": a.trials, "seed": seed, "workers": 2, "eta": 2, "confirm": FRESH,
            }, file)
        side = Side(
            [a.python, "-u", "-W", "ignore", str(HERE / "peers/optuna_peft.py"), path], cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"})
        best, last, reports = -1.0, {}, 0

        def take(line):
            nonlocal best, last, reports
            last = json.loads(line)
            if "searched" in last:
                side.note(**last)
            elif "value" in last:
                reports += 1
                if last["value"] > best:
                    best = last["value"]
                    side.note(**{key: last[key] for key in ("trial", "iter", "value", "parameters")})

        whole = side.follow(take)
        end = next(mark for mark in side.marks if "searched" in mark)
        return {
            "marks": [mark for mark in side.marks if "searched" not in mark],
            "search": {key: end[key] for key in ("seconds", "cpu")}, "confirm": {key: whole[key] - end[key] for key in ("seconds", "cpu")},
            "confirmed": last["confirmed"], "trials": last["trials"], "reports": reports,
        }


def keep(path, line):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path):
    """Searches by data, seed and side; what configurations are worth, by data and configuration."""
    searches, worth = {}, {}
    for line in map(json.loads, open(path, encoding="utf-8") if os.path.exists(path) else []):
        if "side" in line:
            searches[line["data"], line["seed"], line["side"]] = line
        else:
            worth[line["data"], configuration(line["parameters"])] = line["values"]
    return searches, worth


def configuration(parameters):
    return json.dumps(parameters, sort_keys=True)


def run(a):
    end = time.time() + 60 * a.minutes
    for seed in range(a.seeds):
        for data in a.data:
            for name, side in [("autolora", ours), ("optuna", optuna)] if seed % 2 == 0 else [("optuna", optuna), ("autolora", ours)]:
                searches, worth = read(a.results)
                if (data, seed, name) in searches:
                    continue
                if time.time() > end:
                    return
                line = {"data": data, "seed": seed, "side": name, "load": os.getloadavg()[0], **side(data, seed, a)}
                keep(a.results, line)
                print(f"{data} seed {seed} {name}: {line['search']['seconds']:.0f} s, {line['search']['cpu']:.0f} CPU s", flush=True)
            judge(a, data, end)


def judge(a, data, end):
    """What each configuration that was a best for a while is worth."""
    searches, worth = read(a.results)
    for line in [line for (of, _, _), line in searches.items() if of == data]:
        for parameters in {configuration(mark["parameters"]): mark["parameters"] for mark in line["marks"]}.values():
            if (data, configuration(parameters)) in worth or time.time() > end + 300:
                continue
            values = train(a.binary, [{**settings(data, a), **parameters, "seed": fresh} for fresh in JUDGES])
            keep(a.results, {"data": data, "parameters": parameters, "values": values})
            worth[data, configuration(parameters)] = values


def curve(line, worth, unit):
    """When its best changed, and what it was worth from then on."""
    points = [(mark[unit], worth.get((line["data"], configuration(mark["parameters"])))) for mark in line["marks"]]
    return [(at, statistics.mean(values)) for at, values in points if values]


def reached(line, worth, target, unit):
    """When the side's best was worth the target for the first time, its confirmation included; None: never."""
    found = [at for at, value in curve(line, worth, unit) if value >= target]
    return found[0] + line["confirm"][unit] if found else None


def table(a):
    searches, worth = read(a.results)
    print("| data | seed | side | search s | CPU s | + confirm s | CPU s | reports | its winner, fresh seeds | near the best after s | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    ratios = {}
    for data in a.data:
        best = max((statistics.mean(values) for (of, _), values in worth.items() if of == data), default=None)
        for seed in range(a.seeds):
            times = {}
            for side in ("autolora", "optuna"):
                line = searches.get((data, seed, side))
                if not line or best is None:
                    continue
                times[side] = [reached(line, worth, best - a.distance, unit) for unit in ("seconds", "cpu")]
                near = [f"{time:.0f}" if time else "never" for time in times[side]]
                print(
                    f"| {data} | {seed} | {side} | {line['search']['seconds']:.0f} | {line['search']['cpu']:.0f} | {line['confirm']['seconds']:.0f} "
                    f"| {line['confirm']['cpu']:.0f} | {line['reports']} | {100 * statistics.mean(line['confirmed']):.2f} % | {near[0]} | {near[1]} |")
            if len(times) == 2:
                both = [searches[data, seed, side] for side in ("optuna", "autolora")]
                whole = [(one["search"][unit] + one["confirm"][unit]) / (other["search"][unit] + other["confirm"][unit])
                         for unit in ("seconds", "cpu") for one, other in [both]]
                # Who never got near had at least its whole time.
                spent = [[times[side][place] or line["search"][unit] + line["confirm"][unit] for place, unit in enumerate(("seconds", "cpu"))]
                         for side, line in zip(("optuna", "autolora"), both)]
                ratios.setdefault(data, []).append((*whole, *(theirs / own for theirs, own in zip(*spent))))
        if best is not None:
            print(f"| {data} | | the best there is: {100 * best:.2f} %, near: {100 * a.distance:g} off at most | | | | | | | | |")
    print()
    for data, rows in ratios.items():
        means = [math.exp(statistics.mean(map(math.log, column))) for column in zip(*rows)]
        print(
            f"- {data}, {len(rows)} seeds, Optuna + PEFT over AutoLoRA (geometric mean): all trials and the confirmation {means[0]:.1f} x the "
            f"wall-clock, {means[1]:.1f} x the CPU time; until the best is near, confirmed {means[2]:.1f} x, {means[3]:.1f} x")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("results")
    p.add_argument("--binary", default=str(ROOT / ".build/release/autolora"))
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--trials", type=int, default=24)
    p.add_argument("--steps", type=int, default=160, help="of a whole trial")
    p.add_argument("--reports", type=int, default=8, help="of a whole trial")
    p.add_argument("--distance", type=float, default=0.01)
    p.add_argument("--minutes", type=float, default=math.inf)
    p.add_argument("--bare", action="store_true", help="without our first trials from recipes")
    p.add_argument("--table", action="store_true")
    p.add_argument("--plot")
    a = p.parse_args()
    a.binary = os.path.abspath(a.binary)
    if not a.table:
        run(a)
    table(a)
    if a.plot:
        searches, worth = read(a.results)
        curves = {key: curve(line, worth, "seconds") for key, line in searches.items()}
        ends = {key: line["search"]["seconds"] for key, line in searches.items()}
        with open(a.plot, "w", encoding="utf-8") as file:
            file.write(end_to_end_plot.draw(curves, ends, a.data, a.distance))


if __name__ == "__main__":
    main()
