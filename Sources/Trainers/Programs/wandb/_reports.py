"""What a run logs, printed as reports: one line of JSON a row, with all digits."""

import json
import numbers
import os
import sys

_said = set()


def say(text):
    """Tells the user something, once in a process."""
    if text not in _said:
        _said.add(text)
        print("wandb (AutoLoRA's stand-in): " + text, file=sys.stderr, flush=True)


def refuse(what, why):
    """Ends the program: what it asks for cannot be left out without a word."""
    sys.stdout.flush()
    sys.exit("wandb (AutoLoRA's stand-in): %s: %s" % (what, why))


def study():
    """The trial's config.json; empty where the script runs by hand."""
    path = os.environ.get("AUTOLORA_CONFIG")
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def number(value):
    """The plain number that a value is, or that a tensor of one element holds; None: it is neither."""
    if not isinstance(value, (str, bytes, numbers.Number)) and callable(getattr(value, "item", None)):
        try:
            value = value.item()
        except Exception:  # Of several elements: each library has its own error.
            return None
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) or type(value).__name__ == "Decimal" else None


def flattened(row, prefix=""):
    """The numbers and texts of a row, those of nested dictionaries as `outer.inner`; all else has no place in a line."""
    flat = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat.update(flattened(value, prefix + str(name) + "."))
        elif isinstance(value, str):
            flat[prefix + str(name)] = value
        elif number(value) is not None:
            flat[prefix + str(name)] = number(value)
    return flat


def whole(value):
    """A step that can be reported; None: it is none."""
    value = number(value)
    return int(value) if value is not None and value == value and abs(value) < 2**53 and value == int(value) else None


class Reports:
    """The reports of one process, over all its runs."""

    def __init__(self, config):
        wanted = config.get("metrics") or [config.get("metric") or {}]
        name = wanted[0].get("name", "first reported metric")
        self.metric = None if name == "first reported metric" else name.replace("/", "_")
        self.has_reported = False
        self._others = set()
        self._begin = 0
        self._last = None

    def begin_run(self):
        """A further run in the process: its steps begin again, and a trial's steps only grow."""
        if self._last is not None:
            self._begin = self._last + 1
            say("there is more than one run in the process: their steps are counted on")

    def value(self, figures):
        """The study's metric in a row; None: it is not there."""
        values = [figures[name] for name in figures if self.is_metric(name)]
        return values[-1] if values and not isinstance(values[-1], str) else None

    def is_metric(self, name):
        return self.metric is not None and name.replace("/", "_") == self.metric

    def print(self, figures, step=None):
        """Prints a row. One that lacks the metric is no report: of those, one of a kind is enough."""
        if not figures or os.environ.get("RANK", "0") not in ("", "0"):
            return
        if self.metric is not None and self.value(figures) is None:
            if frozenset(figures) in self._others:
                return
            self._others.add(frozenset(figures))
        else:
            self.has_reported = True
        line = {"autolora": 1}
        if step is not None:
            step += self._begin
            self._last = step if self._last is None else max(self._last, step)
            line["step"] = step
            figures = {name: value for name, value in figures.items() if name != "step"}
        line.update(figures)
        # A script may have put something else in the place of sys.stdout.
        stream = sys.__stdout__ or sys.stdout
        stream.write(json.dumps(line) + "\n")
        stream.flush()
