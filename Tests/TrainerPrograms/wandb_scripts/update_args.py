"""A configuration that is filled after init, and defaults for what is left."""
import argparse

import wandb

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.3)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--epochs", type=int, default=4)
args = parser.parse_args()

wandb.init(project="demo", mode="offline", settings=wandb.Settings(silent=True))
wandb.config.update(vars(args), allow_val_change=True)
wandb.config.update({"batch_size": 64}, allow_val_change=True)
wandb.config.setdefaults({"momentum": 0.9, "lr": 123.0})
wandb.config.warmup = 10
try:
    wandb.config.warmup = 20
except Exception as error:
    assert "Attempted to change value of key" in str(error)
assert wandb.config.warmup == 10 and wandb.config.batch_size == 64 and wandb.config["lr"] == args.lr
try:
    wandb.config.missing
    raise SystemExit("a missing value was there")
except AttributeError:
    pass
for step in range(wandb.config.epochs * 5):
    metrics = {"train/loss": 1 / (step + 1)}
    if step % 5 == 4:
        metrics["eval/loss"] = wandb.config.momentum * wandb.config.lr / (step + 1)
    wandb.log(metrics)
