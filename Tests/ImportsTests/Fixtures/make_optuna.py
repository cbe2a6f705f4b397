"""Makes the studies of Optuna that ImportsTests reads: python make_optuna.py FOLDER (needs optuna 5.0.0).

The SQLite file is written as SQL (a text that git can show); the tests make the database of it.
"""
import math
import os
import sqlite3
import sys

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-2, log=True)
    r = trial.suggest_int("r", 2, 32, step=2)
    trial.suggest_int("layers", 1, 64, log=True)
    dropout = trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    kind = trial.suggest_categorical("kind", [None, True, 0.5, "text", 3])
    if kind == "text":
        trial.suggest_float("momentum", 0.0, 1.0)
    trial.set_user_attr("note", "n")
    for step in (10, 20, 30):
        value = (math.log10(lr) + 3) ** 2 + abs(r - 8) / 10 + dropout + 1 / step
        trial.report(float("nan") if trial.number == 4 and step == 20 else value, step)
        if trial.number in (2, 4) and step == 20:
            raise optuna.TrialPruned()
    if trial.number == 3:
        return float("nan")
    if trial.number == 5:
        return float("inf")
    if trial.number == 6:
        raise ValueError("no")
    return value


def fill(storage):
    study = optuna.create_study(storage=storage, study_name="tuning", sampler=optuna.samplers.RandomSampler(seed=3))
    study.optimize(objective, n_trials=9, catch=(ValueError,))
    study.add_trial(optuna.trial.create_trial(
        params={"lr": 0.001, "kind": "text"}, value=0.125,
        distributions={"lr": optuna.distributions.FloatDistribution(1e-5, 1e-2, log=True),
                       "kind": optuna.distributions.CategoricalDistribution([None, True, 0.5, "text", 3])},
        intermediate_values={1: 0.5}))
    study.enqueue_trial({"lr": 0.002})
    study.ask()
    pair = optuna.create_study(storage=storage, study_name="pair", directions=["maximize", "minimize"])
    pair.set_metric_names(["accuracy", "size"])
    for number in range(3):
        trial = pair.ask()
        x = trial.suggest_float("x", 0, 1)
        pair.tell(trial, [0.5 + number / 10, 3.0 - number])
    gone = optuna.create_study(storage=storage, study_name="gone")
    gone.optimize(lambda trial: trial.suggest_float("y", 0, 1), n_trials=1)
    optuna.delete_study(study_name="gone", storage=storage)
    return study


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
database, journal = folder + "/optuna.db", folder + "/optuna-journal.log"
for path in (database, journal):
    if os.path.exists(path):
        os.remove(path)
fill("sqlite:///" + database)
fill(JournalStorage(JournalFileBackend(journal)))
lines = sqlite3.connect(database).iterdump()
with open(folder + "/optuna.sql", "w", encoding="utf-8") as file:
    file.writelines(line + "\n" for line in lines)
os.remove(database)
