"""The figure of the sweep stands in the summary alone."""
import argparse

import wandb

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=2)
args, _ = parser.parse_known_args()
wandb.init(project="demo", config=args)
best = 0.0
for epoch in range(args.epochs):
    accuracy = 1 - 1 / (epoch + 1 + args.lr)
    wandb.log({"accuracy": accuracy, "epoch": epoch})
    if accuracy > best:
        best = accuracy
        wandb.run.summary["best_accuracy"] = best
wandb.summary.update({"best_epoch": args.epochs - 1, "test": {"accuracy": best - 0.01}})
