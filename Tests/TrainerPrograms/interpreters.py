"""Interpreters with other projects' packages: make test-trainers installs one for each name."""

import os


def interpreter(name):
    """WANDB_PYTHON for "wandb" say, else the one in $AUTOLORA_TRAINERS; None: there is neither."""
    given = os.environ.get(name.upper().replace("-", "_") + "_PYTHON")
    if given:
        return given
    made = os.path.join(os.environ.get("AUTOLORA_TRAINERS", ""), name, "bin", "python")
    tested = os.environ.get("AUTOLORA_TRAINER_TESTS")
    is_wanted = tested is None or name in tested.split(",")
    return made if os.path.isabs(made) and os.path.exists(made) and is_wanted else None
