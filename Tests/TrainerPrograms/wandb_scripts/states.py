"""Says what wandb answers at each turn: the stand-in and the real package must say the same."""
import argparse

import wandb
from wandb.errors import CommError, UsageError
from wandb.sdk.lib.config_util import ConfigError


def tried(label, action):
    try:
        print(label, repr(action()))
    except Exception as error:
        kind = type(error)
        print(label, "raises", [base.__name__ for base in kind.__mro__ if base in (wandb.Error, UsageError, KeyError, TypeError, AttributeError, ConfigError)])


def plain(summary):
    """Without what differs from one time to the next."""
    return {
        key: plain(value) if hasattr(value, "keys") else value
        for key, value in sorted(dict(summary).items())
        if key not in ("_runtime", "_timestamp", "_wandb")
    }


tried("before", lambda: wandb.run)
tried("log before", lambda: wandb.log({"a": 1}))
tried("config before", lambda: wandb.config.lr)
tried("key before", lambda: wandb.config["lr"])
tried("set before", lambda: setattr(wandb.config, "lr", 1))
tried("summary before", lambda: wandb.summary["a"])
tried("define before", lambda: wandb.define_metric("a"))
tried("finish before", lambda: wandb.finish())

run = wandb.init(config=argparse.Namespace(lr=1, own=2.5, pair=(1, 2)), project="p", config_exclude_keys=["hidden"])
config = wandb.config
print(dict(config), config, sorted(config.keys()), sorted(config.items(), key=str), wandb.run is run, run.config is config)
tried("locked", lambda: config.update({"lr": 7}))
tried("locked attribute", lambda: setattr(config, "lr", 7))
tried("locked key", lambda: config.__setitem__("lr", 7))
tried("locked with leave", lambda: config.update({"lr": 7, "new": 1}, allow_val_change=True))
tried("own attribute", lambda: setattr(config, "own", 3))
tried("own again", lambda: setattr(config, "own", 2.5))
tried("own with leave", lambda: config.update({"own": 4}, allow_val_change=True))
tried("defaults", lambda: config.setdefaults({"own": 9, "late": {"deep": (1, None)}}))
tried("namespace", lambda: config.update(argparse.Namespace(more="x"), allow_val_change=True))
tried("hyphens", lambda: config.update({"--dashed-name": 1}))
tried("missing attribute", lambda: config.missing)
tried("missing key", lambda: config["missing"])
tried("missing get", lambda: (config.get("missing"), config.get("missing", 5), "missing" in config, "own" in config))
tried("no dictionary", lambda: config.update(5))
print(dict(config), sorted(set(vars(config)["_items"]) - {"_wandb"}), sorted(config.keys()) == sorted(config.as_dict()))

print(run.step, plain(run.summary))
run.log({"loss": 1.5, "val": {"acc": 0.5}})
print(run.step, plain(run.summary), run.summary["val"]["acc"], run.summary.get("loss"))
run.log({"a": 1}, commit=False)
print(run.step, plain(run.summary))
run.log({"b": 2})
print(run.step, plain(run.summary))
run.log({"c": 1}, step=7)
run.log({"d": 1}, step=7)
print(run.step, plain(run.summary))
run.log({"e": 1}, step=3)
run.log({"f": 1})
print(run.step, plain(run.summary))
run.log({"g": 1}, step=20, commit=True)
print(run.step, plain(run.summary))
run.define_metric("loss", summary="min")
run.define_metric("m*", summary="max,mean,last")
run.define_metric("quiet", summary="none")
for value in (0.5, 0.75):
    run.log({"loss": value, "more": value, "quiet": value})
print(run.step, plain(run.summary))
tried("no summary", lambda: run.summary["nope"])
tried("no attribute", lambda: run.summary.nope)
tried("no get", lambda: run.summary.get("nope"))
run.summary["x.y"] = 1
run.summary.best = 3
run.summary.update({"q": {"r": 2}})
run.summary.update({"q": {"s": 4}})
print(plain(run.summary))
tried("a list", lambda: wandb.log([1]))
tried("a number's name", lambda: wandb.log({1: 2}))
tried("anything", lambda: wandb.log({"text": "t", "none": None, "list": [1, 2], "flag": True}))
print(run.url, run.offline, run.disabled, run.resumed, run.starting_step, run.group, run.notes, run.tags)

wandb.finish()
print(wandb.run, config.lr, run.config["lr"], dict(run.config) == dict(config))
tried("log after", lambda: wandb.log({"a": 1}))
tried("run's log after", lambda: run.log({"a": 1}))
tried("config after", lambda: wandb.config.lr)
tried("finish after", lambda: (wandb.finish(), run.finish()))

second = wandb.init(config={"lr": 2, "own": 1})
print(second.step, dict(wandb.config), plain(second.summary))
third = wandb.init(config={"z": 2})
print(third is second, dict(wandb.config), wandb.run is second)
fourth = wandb.init(reinit="finish_previous", config={"k": 1})
print(fourth is second, dict(wandb.config), wandb.run is fourth, fourth.id != second.id)
tried("second's log", lambda: second.log({"a": 1}))
with wandb.init(mode="disabled", reinit="finish_previous") as quiet:
    quiet.log({"a": 1})
    print(quiet.disabled, isinstance(CommError("x"), wandb.Error))
