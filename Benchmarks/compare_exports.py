#!/usr/bin/env python3
"""Exports of whole studies, opened by the real programs: Optuna and its dashboard, TensorBoard, pandas.

  compare_exports.py --binary .build/release/autolora      (make compare-exports sets up what it needs)

Runs two studies of a small program (conditions, lists, choices of several kinds, trials that are pruned, fail and report no number; then two
metrics), exports them, and holds what the programs read, by their own interfaces and over HTTP, against `autolora trials --json`.
A line a check; ends with 1 where one fails."""
import argparse
import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM = '''
import json, math, os, sys
p = json.load(open(os.environ["AUTOLORA_CONFIG"]))["parameters"]
if p["r"] == 4 and p["kind"] is None:
    sys.exit("no such kind")
for step in range(1, 5):
    loss = (math.log10(p["lr"]) + 3) ** 2 + abs(p["r"] - 8) / 10 + p.get("momentum", 0.2) + 1 / step
    print(json.dumps({"step": 10 * step, "eval_loss": float("nan") if p["r"] == 16 and step == 2 else loss, "size": p["r"] * 100}), flush=True)
'''
PARAMETERS = {
    "lr": {"distribution": "log_uniform_values", "min": 1e-5, "max": 1e-1}, "r": {"values": [2, 4, 8, 16]},
    "kind": {"values": [None, True, 0.5, "text"]}, "targets": {"values": [["q", "v"], "all-linear"]},
    "layers": {"distribution": "int_uniform", "min": 1, "max": 12}, "dropout": {"distribution": "q_uniform", "min": 0, "max": 0.5, "q": 0.1},
    "momentum": {"min": 0.0, "max": 0.5, "when": {"kind": "text"}}, "constant": {"value": 3},
}
failures = []


def check(what, holds, detail=""):
    print(("ok   " if holds else "FAIL ") + what + (f": {detail}" if detail and not holds else ""), flush=True)
    failures.extend([] if holds else [what])


def same(a, b):
    return a == b or isinstance(a, float) and isinstance(b, float) and (math.isnan(a) and math.isnan(b) or math.isclose(a, b, rel_tol=1e-6))


class Study:
    def __init__(self, binary, folder, name, **space):
        self.binary, self.folder, self.name = binary, folder, name
        (folder / "program.py").write_text(PROGRAM)
        path = folder / f"{name}.yaml"
        path.write_text(json.dumps({
            "name": name, "method": "random", "seed": 3, "workers": 2, "parameters": PARAMETERS,
            "trainer": {"type": "command", "command": [sys.executable, "program.py"]}, **space}))    # JSON is YAML
        self.ask("run", str(path), "--quiet", "--tensorboard")
        self.trials = json.loads(self.ask("trials", name, "--json"))

    def ask(self, *words):
        run = subprocess.run([self.binary, *words, "--studies", str(self.folder / "studies")], capture_output=True, text=True, cwd=self.folder)
        if run.returncode:
            sys.exit(f"autolora {' '.join(words)}: {run.stderr}")
        return run.stdout

    def export(self, form, name):
        self.ask("export", self.name, "--format", form, "--output", str(self.folder / name))
        return self.folder / name


STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}


def plain(value):
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value


def optuna(study):
    import optuna
    path = study.export("optuna", "optuna.db")
    loaded = optuna.load_study(study_name=study.name, storage=f"sqlite:///{path}")
    theirs = loaded.get_trials()
    check("optuna: as many trials", len(theirs) == len(study.trials))
    for state in STATES.values():
        check(f"optuna: some trial is {state}", any(trial.state.name == state for trial in theirs))
    for mine, its in zip(study.trials, theirs):
        number = mine["number"]
        check(f"optuna: trial {number}'s state", its.state.name == STATES[mine["state"]], f"{its.state.name} for {mine['state']}")
        params = {name: plain(value) for name, value in mine["parameters"].items()}
        check(f"optuna: trial {number}'s parameters", params.keys() == its.params.keys() and all(same(params[n], its.params[n]) for n in params),
              f"{its.params} for {params}")
        reports = {report["step"]: report["value"] for report in mine["reports"]}
        check(f"optuna: trial {number}'s intermediate values", reports.keys() == its.intermediate_values.keys() and all(
            same(float("nan") if value is None else value, its.intermediate_values[step]) for step, value in reports.items()),
            f"{its.intermediate_values} for {reports}")
        if its.state.name == "COMPLETE":
            check(f"optuna: trial {number}'s value", same(mine["value"], its.value))
    best = json.loads(study.ask("best", study.name, "--json"))
    complete = {trial["number"] for trial in study.trials if trial["state"] == "complete"}
    if best["trial"] in complete:
        check("optuna: best value", same(best["value"], loaded.best_value), f"{loaded.best_value} for {best['value']}")
        check("optuna: best parameters", all(same(plain(v), loaded.best_params[n]) for n, v in best["parameters"].items()))
    importances = optuna.importance.get_param_importances(loaded)
    check("optuna: its importances name the parameters", {"lr", "r"} <= importances.keys(), str(importances))
    loaded.ask()
    check("optuna: a study that goes on", len(loaded.get_trials()) == len(theirs) + 1)
    return study.export("optuna", "dashboard.db")


def optuna_of_two(study):
    import optuna
    loaded = optuna.load_study(study_name=study.name, storage=f"sqlite:///{study.export('optuna', 'two.db')}")
    check("optuna: directions", [d.name for d in loaded.directions] == ["MINIMIZE", "MINIMIZE"])
    check("optuna: names of metrics", loaded.metric_names == ["eval_loss", "size"])
    front = {trial["number"] for trial in study.trials if trial["front"]}
    check("optuna: the front", {trial.number for trial in loaded.best_trials} == front, f"{[t.number for t in loaded.best_trials]} for {front}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A program that answers over HTTP on loopback."""

    def __init__(self, *command):
        self.port = free_port()
        self.process = subprocess.Popen([*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def get(self, path, body=None, until=None):
        """An answer's JSON, once it is there and `until` holds."""
        last = None
        for _ in range(120):
            try:
                data = None if body is None else json.dumps(body).encode()
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=20) as answer:
                    last = json.load(answer)
                if until is None or until(last):
                    return last
            except (OSError, ValueError) as error:
                last = error
            time.sleep(0.5)
        sys.exit(f"{path}: {last}")


def bin_of(name):
    return str(pathlib.Path(sys.executable).parent / name)


def optuna_dashboard(study, path):
    with Server(bin_of("optuna-dashboard"), f"sqlite:///{path}") as server:
        shown = server.get("/api/studies")["study_summaries"]
        check("optuna-dashboard: the study", [one["study_name"] for one in shown] == [study.name])
        detail = server.get(f"/api/studies/{shown[0]['study_id']}?after=0")
        check("optuna-dashboard: its trials", len(detail["trials"]) == len(study.trials))
        values = {t["number"]: t["values"][0] for t in detail["trials"] if t["state"] == "Complete"}
        mine = {t["number"]: t["value"] for t in study.trials if t["state"] == "complete"}
        check("optuna-dashboard: their values", values.keys() == mine.keys() and all(same(float(values[n]), mine[n]) for n in mine))


def tensorboard(study):
    folder = study.export("tensorboard", "runs")
    live = study.folder / "studies" / study.name / "tensorboard"
    files = sorted(path.relative_to(folder) for path in folder.rglob("*autolora"))
    check("tensorboard: files written as the study ran are those of the export", files == sorted(
        path.relative_to(live) for path in live.rglob("*autolora")) and all((folder / f).read_bytes() == (live / f).read_bytes() for f in files))
    count = len(study.trials)
    with Server(bin_of("tensorboard"), "--logdir", str(folder), "--host", "127.0.0.1", "--load_fast", "false") as server:
        reporting = [trial for trial in study.trials if trial["reports"]]
        tags = server.get("/data/plugin/scalars/tags", until=lambda tags: len(tags) >= len(reporting))
        check("tensorboard: a run for each trial that reported", len([run for run in tags if run != "."]) == len(reporting), str(list(tags)))
        for trial in reporting:
            run = f"trial-{trial['number']}"
            points = server.get(f"/data/plugin/scalars/scalars?tag=eval_loss&run={run}")
            mine = [(report["step"], report["value"]) for report in trial["reports"]]
            check(f"tensorboard: {run}'s figures", len(points) == len(mine) and all(
                step == its_step and (value is None and not isinstance(its, float) or same(value, its))
                for (step, value), (_, its_step, its) in zip(mine, points)), f"{points} for {mine}")
        experiment = server.get("/data/plugin/hparams/experiment", {"experimentName": ""})
        names = {info["name"] for info in experiment["hparamInfos"]}
        check("tensorboard: its hyperparameters", names == set(PARAMETERS), str(names))
        groups = server.get("/data/plugin/hparams/session_groups", {
            "experimentName": "", "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
            "colParams": [{"hparam": name} for name in PARAMETERS], "startIndex": 0, "sliceSize": 1000})
        check("tensorboard: a session for each trial", groups["totalSize"] == count, str(groups["totalSize"]))
        rates = sorted(group["hparams"]["lr"] for group in groups["sessionGroups"])
        check("tensorboard: their learning rates", all(map(same, rates, sorted(trial["parameters"]["lr"] for trial in study.trials))))


def tables(study):
    import pandas
    csv, lines = study.export("csv", "csv"), study.export("jsonl", "jsonl")
    trials, reports = pandas.read_csv(csv / "trials.csv"), pandas.read_csv(csv / "reports.csv")
    count = sum(len(trial["reports"]) for trial in study.trials)
    check("pandas: trials and reports of the CSV files", (len(trials), len(reports)) == (len(study.trials), count))
    values = [trial["value"] for trial in study.trials]
    check("pandas: values", all(pandas.isna(its) if mine is None else same(mine, its) for mine, its in zip(values, trials["value"])))
    trials, reports = (pandas.read_json(lines / name, lines=True, precise_float=True) for name in ("trials.jsonl", "reports.jsonl"))
    check("pandas: trials and reports of the JSON lines", (len(trials), len(reports)) == (len(study.trials), count))
    check("pandas: parameters", list(trials["parameters"]) == [trial["parameters"] for trial in study.trials])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default=".build/release/autolora")
    binary = os.path.abspath(p.parse_args().binary)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        one = Study(binary, folder, "one", metric={"name": "eval_loss", "goal": "minimize"}, run_cap=24,
                    early_terminate={"type": "median", "min_iter": 2, "startup_trials": 3})
        optuna_dashboard(one, optuna(one))
        tensorboard(one)
        tables(one)
        optuna_of_two(Study(binary, folder, "two", metrics=[
            {"name": "eval_loss", "goal": "minimize"}, {"name": "size", "goal": "minimize"}], run_cap=10))
    print(f"{len(failures)} checks fail" if failures else "all checks hold")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
