"""Figures of batches and of epochs, each over its own axis."""
import wandb

run = wandb.init(project="demo")
run.define_metric("epoch")
run.define_metric("val/*", step_metric="epoch", summary="min")
run.define_metric("train/loss", summary="mean")
batch = 0
for epoch in range(1, run.config["epochs"] + 1):
    for _ in range(4):
        batch += 1
        run.log({"train/loss": 1 / (batch * run.config["lr"] + 1), "train/batch": batch})
    run.log({"val/loss": 1 / (epoch + run.config["dropout"]), "val/acc": 1 - 0.5**epoch, "epoch": epoch})
print(run.summary["train/loss"]["mean"])
