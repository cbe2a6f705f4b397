"""A run as a context, a configuration that is no plain dictionary, steps of the script's own."""
from collections.abc import Mapping

import wandb


class Settings(Mapping):
    """What OmegaConf and its like hand out."""

    def __init__(self, content):
        self._content = content

    def __getitem__(self, key):
        value = self._content[key]
        return Settings(value) if isinstance(value, dict) else value

    def __iter__(self):
        return iter(self._content)

    def __len__(self):
        return len(self._content)


def to_container(settings):
    return {key: to_container(value) if isinstance(value, Mapping) else value for key, value in settings.items()}


settings = Settings({"model": {"name": "tiny", "layers": 2}, "epochs": 1, "lr": 0.5})
with wandb.init(project="demo", config=to_container(settings), dir=".") as run:
    config = run.config
    for epoch in range(1, config.epochs + 1):
        step = epoch * 100
        run.log({"train_loss": 2 / step}, step=step)
        run.log({"eval": {"f1": 1 - config.lr / epoch, "layers": config.model["layers"]}}, step=step)
        run.log({"learning_rate": config.lr}, step=step)
    # A step that lies behind is passed over.
    run.log({"eval": {"f1": 100.0}}, step=1)
assert config.lr != 0.5 and wandb.run is None
