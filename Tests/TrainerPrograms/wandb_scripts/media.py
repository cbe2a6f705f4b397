"""Tables, charts, files and artifacts beside the figures."""
import os
import tempfile

import wandb

wandb.login(key="0" * 40) if os.environ.get("WANDB_API_KEY") else None
run = wandb.init(project="demo", notes="with media", save_code=False)
table = wandb.Table(columns=["text", "label"])
table.add_data("good", 1)
for epoch in range(wandb.config.epochs):
    wandb.log(
        {
            "val_loss": wandb.config.lr / (epoch + 2),
            "page": wandb.Html("<b>%d</b>" % epoch),
            "bars": wandb.plot.bar(wandb.Table(columns=["x", "y"], data=[["a", 1], ["b", 2]]), "x", "y", title="bars"),
        }
    )
wandb.log({"predictions": table})
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "model.bin")
    with open(path, "w") as file:
        file.write("weights")
    artifact = wandb.Artifact("model-%s" % run.id, type="model", metadata={"lr": wandb.config.lr})
    artifact.add_file(path)
    run.log_artifact(artifact, aliases=["best"])
    with open(os.path.join(run.dir, "note.txt"), "w") as file:
        file.write("a file of the run")
    wandb.save(os.path.join(run.dir, "note.txt"))
    wandb.finish(exit_code=0)
