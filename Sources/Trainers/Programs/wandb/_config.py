"""A run's configuration, with the rules of wandb's own: what the search has chosen is locked."""

import argparse
import dataclasses
import os
import types
from collections.abc import Mapping

from ._errors import ConfigError
from ._reports import number, say

_LOCKED = "config '%s' is what the search has chosen; another value for it is passed over"


def plain(value):
    """As W&B keeps a value: tuples as lists, numbers of other libraries as Python's, other objects as their texts."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if value is None or isinstance(value, (bool, str, int, float)):
        return value
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, (bool, str, int, float)):
        return value
    return number(value) if number(value) is not None else str(value)


def dictionary(given):
    """What init and update take: a dictionary or another mapping, argparse's namespace, any object, a file's name."""
    if given is None:
        return {}
    if isinstance(given, str):
        return from_file(given)
    if isinstance(given, Config):
        return dict(given)
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, types.ModuleType) and hasattr(given, "FLAGS"):
        given = given.FLAGS
    if callable(getattr(given, "flag_values_dict", None)):  # absl's
        return given.flag_values_dict()
    if isinstance(given, argparse.Namespace) or hasattr(given, "__dict__"):
        return dict(vars(given))
    raise TypeError("config must be a dict or have a __dict__ attribute.")


def from_file(path):
    """A YAML file of `key: {value: x}`."""
    import yaml

    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file) or {}
    return {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in content.items()
        if key not in ("wandb_version", "_wandb")
    }


class Config:
    def __init__(self):
        object.__setattr__(self, "_items", {})
        object.__setattr__(self, "_locked", set())
        if os.path.isfile("config-defaults.yaml"):
            self.update(from_file("config-defaults.yaml"))

    def _lock(self, parameters):
        """Takes the values of a trial: no later one takes their place."""
        for key, value in parameters.items():
            if key in self._items and self._items[key] != plain(value):
                say(_LOCKED % key)
            self._items[key] = plain(value)
            self._locked.add(key)

    def _is_locked(self, key, value):
        if key in self._locked and self._items[key] != plain(value):
            say(_LOCKED % key)
        return key in self._locked

    def _set(self, key, value, allow_val_change):
        key, value = str(key).strip("-"), plain(value)
        if not allow_val_change and key in self._items and self._items[key] != value:
            raise ConfigError(
                'Attempted to change value of key "%s" from %s to %s\n'
                "If you really want to do this, pass allow_val_change=True to config.update()"
                % (key, self._items[key], value)
            )
        self._items[key] = value

    def update(self, d=None, allow_val_change=None, **_):
        for key, value in dictionary(d).items():
            if not self._is_locked(str(key).strip("-"), value):
                self._set(key, value, allow_val_change)

    def setdefaults(self, d):
        for key, value in dictionary(d).items():
            if key not in self._items:
                self._set(key, value, None)

    def __setitem__(self, key, value):
        if not self._is_locked(key, value):
            self._set(key, value, None)

    __setattr__ = __setitem__

    def __getitem__(self, key):
        return self._items[key]

    def __getattr__(self, key):
        if key.startswith("__") or key in ("_items", "_locked"):
            raise AttributeError(key)
        if key not in self._items:
            raise AttributeError("%r object has no attribute %r" % (self.__class__, key))
        return self._items[key]

    def __contains__(self, key):
        return key in self._items

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    def __repr__(self):
        return str(dict(self))

    def get(self, *arguments):
        return self._items.get(*arguments)

    def keys(self):
        return [key for key in self._items if not key.startswith("_")]

    def values(self):
        return [self._items[key] for key in self.keys()]

    def items(self):
        return [(key, self._items[key]) for key in self.keys()]

    def as_dict(self):
        return dict(self)

    def _as_dict(self):
        return self._items

    def persist(self):
        pass
