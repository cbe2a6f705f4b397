"""A sweep, its agent and the function that it calls, in one file."""
import math
import pprint

import wandb

sweep_config = {
    "method": "random",
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {
        "lr": {"distribution": "log_uniform_values", "min": 1e-4, "max": 1e-1},
        "dropout": {"values": [0.1, 0.3]},
        "optimizer": {"values": ["adam", "sgd"]},
        "epochs": {"value": 3},
    },
}


def train(config=None):
    with wandb.init(config=config):
        config = wandb.config
        momentum = {"adam": 0.9, "sgd": 0.5}[config.optimizer]
        for epoch in range(config.epochs):
            average = math.exp(-epoch * config.lr * 7) + momentum * config.dropout
            wandb.log({"loss": average, "epoch": epoch})


pprint.pprint(sweep_config)
sweep_id = wandb.sweep(sweep_config, project="demo")
wandb.agent(sweep_id, train, count=5)
