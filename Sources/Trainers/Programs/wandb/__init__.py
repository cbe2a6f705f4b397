"""AutoLoRA's stand-in for the wandb module: a sweep's script runs as it is, without account, network or package.

A trial's parameters are in `wandb.config`, locked as a sweep's are. What is logged is printed as reports. Pictures, tables
and artifacts are taken and not kept; what needs W&B's server ends the program and says so. Needs Python 3.8 or later.
"""

import atexit
import importlib.machinery
import os
import secrets
import string
import sys
import types

from . import _errors, _media
from ._config import Config
from ._errors import AuthenticationError, CommError, ConfigError, Error, UnsupportedError, UsageError
from ._media import Artifact, Table
from ._reports import Reports, refuse, say, study
from ._run import Run, begin

__version__ = "0.31.0"

globals().update(_media.KINDS)

_study = study()
_reports = Reports(_study)
_count = 0
run = None
patched = {"tensorboard": [], "keras": [], "gym": []}


class _NotBegun:
    """What `wandb.config` and `wandb.summary` are without a run."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _refuse(self, key, value=None):
        raise Error("You must call wandb.init() before %s[%r]" % (self._name, key))

    __getitem__ = __setitem__ = __setattr__ = _refuse

    def __getattr__(self, key):
        if key.startswith("_"):
            raise AttributeError(key)
        raise Error("You must call wandb.init() before %s.%s" % (self._name, key))


config, summary = _NotBegun("wandb.config"), _NotBegun("wandb.summary")


def _of_run(name):
    def function(*arguments, **named):
        if run is None:
            raise Error("You must call wandb.init() before wandb.%s()" % name)
        return getattr(run, name)(*arguments, **named)

    function.__name__ = name
    return function


for _name in (
    "log define_metric watch unwatch save alert mark_preempting log_artifact log_model link_model link_artifact log_code"
    " use_artifact use_model restore pin_config_keys"
).split():
    globals()[_name] = _of_run(_name)


def init(entity=None, project=None, dir=None, id=None, name=None, notes=None, tags=None, config=None, **named):
    global run, _count
    given = dict(
        named, entity=entity, project=project, dir=dir, id=id, name=name, notes=notes, tags=tags, config=config
    )
    reinit = named.get("reinit")
    if run is not None:
        if reinit not in (True, "finish_previous", "create_new"):
            say("init was called while a run is active: it is that run")
            return run
        if reinit != "create_new":
            run.finish()
    if named.get("sync_tensorboard"):
        say("sync_tensorboard is not supported: what goes to TensorBoard alone is no report")
    _count += 1
    if _count > 1:
        _reports.begin_run()
    identity = (_study.get("study"), _study.get("trial"), _count if _count > 1 else None)
    begun = Run(_reports, identity, given, _ended)
    begin(begun, given, _study.get("parameters") or {})
    if run is None:
        run = begun
        globals().update(config=begun.config, summary=begun.summary)
    return begun


def _ended(ended):
    global run
    if ended is run:
        run = None
        globals().update(config=_NotBegun("wandb.config"), summary=_NotBegun("wandb.summary"))


def finish(exit_code=None, quiet=None):
    if run is not None:
        run.finish(exit_code)


def join(exit_code=None):
    finish(exit_code)


def _at_exit():
    if run is not None and run._pid == os.getpid():
        run.finish()


atexit.register(_at_exit)


# -- sweeps


def sweep(sweep=None, entity=None, project=None, prior_runs=None):
    say("sweep: what is searched, and how, is in AutoLoRA's space file; the script's own configuration of it is not read")
    return _study.get("study") or "autolora"


def agent(sweep_id=None, function=None, entity=None, project=None, count=None, **_):
    if not callable(function):
        refuse("agent", "without a function there is nothing to run; let AutoLoRA start the script that the agent would start")
    say("agent: the function runs once, for this trial; further trials are AutoLoRA's to start")
    function()
    finish()


def controller(*arguments, **named):
    refuse("controller", "the search is AutoLoRA's; leave it out")


def Api(*arguments, **named):
    refuse("Api", "there is no server to ask; `autolora trials STUDY --json` has what the trials reported")


# -- taken, and without effect


def login(*arguments, **named):
    return True


def setup(*arguments, **named):
    return types.SimpleNamespace(settings=types.SimpleNamespace())


def teardown(exit_code=None):
    finish(exit_code)


def require(*arguments, **named):
    pass


class Settings(types.SimpleNamespace):
    def __init__(self, *arguments, **named):
        super().__init__(**named)


class AlertLevel:
    INFO, WARN, ERROR = "INFO", "WARN", "ERROR"


def termlog(text="", newline=True, repeat=True):
    print("wandb: " + str(text), file=sys.stderr)


termwarn = termerror = termlog


def _generate_id(length=8):
    # Not from `random`: a script's seed must give the numbers that it gives without us.
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))


def __getattr__(name):
    raise AttributeError(
        "AutoLoRA's stand-in for wandb has no '%s'; with the real package leave out `wandb: local` (docs/from-wandb.md)" % name
    )


# -- the modules that scripts and other libraries import


def _module(name, **members):
    module = types.ModuleType("wandb." + name)
    module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None, is_package=True)
    module.__path__ = []
    module.__dict__.update(members)
    sys.modules[module.__name__] = module
    parent, _, own = module.__name__.rpartition(".")
    setattr(sys.modules[parent], own, module)
    return module


_module("errors", **{name: value for name, value in vars(_errors).items() if isinstance(value, type)})
_module("errors.term", termlog=termlog, termwarn=termwarn, termerror=termerror)
_module("util", generate_id=_generate_id)
_module("plot", __getattr__=_media.charts)
_module("data_types", Table=Table, **_media.KINDS)
_module("wandb_run", Run=Run)
_module("sdk", Artifact=Artifact, Config=Config, Settings=Settings, init=init, login=login)
_module("sdk.wandb_run", Run=Run)
_module("sdk.wandb_config", Config=Config)
_module("sdk.wandb_settings", Settings=Settings)
_module("sdk.lib", RunDisabled=type("RunDisabled", (), {}))
_module("sdk.lib.config_util", ConfigError=ConfigError)
_module("sdk.lib.runid", generate_id=_generate_id)
plot_table = visualize = _media.Media
