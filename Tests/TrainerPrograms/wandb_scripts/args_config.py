"""argparse, and its namespace as the run's configuration."""
import argparse

import wandb


def train(args):
    run = wandb.init(project="demo", entity="team", config=args, job_type="train", tags=["sweep"])
    config = wandb.config
    loss = 4.0
    for epoch in range(config.epochs):
        loss = loss * (1 - config["lr"]) + config.dropout / (epoch + 3)
        wandb.log({"epoch": epoch, "train_loss": loss / 3, "val_loss": loss, "lr": config.lr})
    print("done:", run.name, run.url)
    wandb.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--optimizer", default="sgd")
    train(parser.parse_args())
