"""Dictionaries within dictionaries, in the configuration and in what is logged."""
import wandb

defaults = dict(optimizer=dict(name="sgd", lr=0.5, betas=[0.9, 0.99]), epochs=1)
wandb.init(config=defaults)
config = dict(wandb.config)
lr = wandb.config["optimizer"]["lr"]
for epoch in range(config["epochs"]):
    wandb.log({"train": {"loss": lr * (epoch + 1)}, "val": {"loss": lr / (epoch + 1), "acc": {"top1": 0.5, "top5": 0.75}}})
