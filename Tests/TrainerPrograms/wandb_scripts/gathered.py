"""One row from several calls."""
import wandb

wandb.init(project="demo", config={"epochs": 9, "extra": (1, 2), "lr": 5.0})
config = wandb.config
assert config.lr != 5.0, "a sweep's value is locked"
assert config.get("missing") is None and "extra" in config and list(config.extra) == [1, 2]
for epoch in range(config.epochs):
    wandb.log({"train_loss": 3.0 / (epoch + 1)}, commit=False)
    wandb.log({"learning_rate": config.lr}, commit=False)
    wandb.log({"val_accuracy": 1 - config.lr - 1 / (epoch + 2)})
# Nobody commits this one but the end of the program.
wandb.log({"val_accuracy": 1 - config.lr / 2, "last": True}, commit=False)
