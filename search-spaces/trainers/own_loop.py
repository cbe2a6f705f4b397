"""A training loop of your own as a trial: a bag-of-words classifier in plain Python. `own_loop.py train.jsonl validation.jsonl`

What makes it a trial are the five lines with `trial.`; by hand, without a study, it runs as it is.
"""

import json
import math
import os
import random
import sys

import autolora_trial as trial

EPOCHS = 9


def read(path):
    with open(path, encoding="utf-8") as file:
        return [(sorted(set(row["text"].lower().split())), row["label"]) for row in map(json.loads, file)]


def score(weights, words):
    return 1 / (1 + math.exp(-max(-30, min(30, sum(weights.get(word, 0.0) for word in words)))))


def train(weights, rows, positive, epoch, learning_rate, decay):
    random.Random(trial.seed * 1000 + epoch).shuffle(rows)    # the same order whether this launch began before or not
    for words, label in rows:
        gradient = score(weights, words) - (label == positive)
        for word in words:
            weights[word] = weights.get(word, 0.0) * (1 - learning_rate * decay) - learning_rate * gradient


def evaluate(weights, rows, positive):
    scores = [(score(weights, words), label == positive) for words, label in rows]
    loss = -sum(math.log(max(1e-12, p if is_positive else 1 - p)) for p, is_positive in scores) / len(scores)
    return {"eval_loss": loss, "eval_accuracy": sum((p > 0.5) == is_positive for p, is_positive in scores) / len(scores)}


def save(weights, epoch, folder):
    """Written beside and renamed: a kill never leaves half a checkpoint."""
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/state.json.tmp", "w", encoding="utf-8") as file:
        json.dump({"epoch": epoch, "weights": weights}, file)
    os.replace(folder + "/state.json.tmp", folder + "/state.json")


def main():
    settings = {"learning_rate": 0.05, "decay": 0.001} | trial.parameters    # what the study searches
    rows, validation = read(sys.argv[1]), read(sys.argv[2])
    positive = max(label for _, label in rows)
    weights, start = {}, 0
    if trial.resume_from:                                                    # promoted, or launched again after a crash
        with open(trial.resume_from + "/state.json", encoding="utf-8") as file:
            state = json.load(file)
        weights, start = state["weights"], state["epoch"]
    for epoch in range(start + 1, EPOCHS + 1):
        train(weights, list(rows), positive, epoch, **settings)
        save(weights, epoch, trial.checkpoint_dir)                           # first: then the report's checkpoint is there
        trial.report(step=epoch, **evaluate(weights, validation, positive))
        if trial.should_stop():                                              # at its rung: it may be promoted
            break


if __name__ == "__main__":
    main()
