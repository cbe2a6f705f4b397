"""A run's summary: the last value of each figure, or what define_metric asks for."""

from ._reports import number


class Summary(dict):
    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]

    def __setattr__(self, key, value):
        self[key] = value

    def __setitem__(self, key, value):
        super().__setitem__(key, Summary(value) if isinstance(value, dict) else value)

    def update(self, values=(), **named):
        for key, value in dict(values, **named).items():
            self[key] = value

    def merge(self, key, value):
        """Takes what was logged: a dictionary adds to the one that is there."""
        if isinstance(value, dict) and isinstance(self.get(key), Summary):
            for inner, own in value.items():
                self[key].merge(inner, own)
        else:
            self[key] = value

    def _as_dict(self):
        return self


class Kept:
    """What has been seen of one figure."""

    def __init__(self):
        self.count, self.sum = 0, 0.0
        self.first = self.least = self.most = None

    def take(self, value):
        self.count += 1
        self.sum += value
        if self.first is None:
            self.first = self.least = self.most = value
        self.least, self.most = min(self.least, value), max(self.most, value)

    def summary(self, kinds, goal, last):
        values = {
            "min": self.least, "max": self.most, "mean": self.sum / self.count, "first": self.first, "last": last,
            "best": self.most if goal == "maximize" else self.least,
        }
        return {kind: values[kind] for kind in kinds if kind in values}


def fold(summary, row, kept, rule):
    """Adds a row to a summary.

    rule: for a name, what define_metric says of it: summary, goal.
    """
    for name, value in row.items():
        kinds = rule(name).summary
        figure = number(value)
        if figure is not None:
            kept.setdefault(name, Kept()).take(figure)
        if "none" in kinds:
            continue
        if kinds and figure is not None:
            summary[name] = kept[name].summary(kinds, rule(name).goal, figure)
        elif not isinstance(value, (list, tuple)) and (figure is not None or isinstance(value, (str, dict))):
            summary.merge(name, value if figure is None else figure)
