"""Cross-validation: a run for each fold, one after another."""
import random

import wandb

random.seed(7)
scores = []
for fold in range(3):
    run = wandb.init(project="demo", group="cv", name="fold-%d" % fold, reinit=True, config={"fold": fold, "seed": 7})
    score = 0.0
    for epoch in range(run.config.epochs):
        score = 1 - run.config.lr * (fold + 1) / (epoch + 1) + random.random() / 100
        run.log({"val_score": score}, step=epoch)
    scores.append(score)
    run.summary["final"] = score
    run.finish()
assert len(scores) == 3
