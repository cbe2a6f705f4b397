"""Pictures, tables, charts and artifacts: they are taken, and kept nowhere."""

import os
import tempfile

from ._reports import refuse, say

_NOT_KEPT = "images, tables, charts, artifacts and saved files are taken and not kept"


class Media:
    """Whatever a script shows; a row that holds one goes without it."""

    def __init__(self, *arguments, **named):
        say(_NOT_KEPT)


class Table(Media):
    def __init__(self, columns=None, data=None, rows=None, dataframe=None, **_):
        super().__init__()
        if dataframe is not None:
            columns, data = list(dataframe.columns), dataframe.values.tolist()
        self.columns = list(columns or ["Input", "Output", "Expected"])
        self.data = [list(row) for row in (data if data is not None else rows or [])]

    def add_data(self, *row):
        self.data.append(list(row))

    def add_row(self, *row):
        self.add_data(*row)

    def add_column(self, name, data, optional=False):
        self.columns.append(name)
        values = list(data)
        if not self.data:
            self.data = [[] for _ in values]
        for row, value in zip(self.data, values):
            row.append(value)

    def get_column(self, name, convert_to=None):
        place = self.columns.index(name)
        return [row[place] for row in self.data]

    def iterrows(self):
        return enumerate(self.data)


class Artifact:
    def __init__(self, name="", type="", description=None, metadata=None, **_):
        say(_NOT_KEPT)
        self.name, self.type, self.description = name, type, description
        self.metadata = dict(metadata or {})
        self.aliases, self.tags, self.version, self.id = [], [], "v0", None
        self.state, self.size, self.digest = "PENDING", 0, ""

    def _pass(self, *arguments, **named):
        return self

    add = add_file = add_dir = add_reference = wait = save = finalize = remove = link = _pass

    def new_file(self, name, mode="w", encoding=None):
        """A file to write to, gone once it is closed."""
        return tempfile.NamedTemporaryFile(mode=mode, suffix=os.path.basename(name), encoding=encoding)

    def _refuse(self, *arguments, **named):
        refuse("Artifact.download", "there is no server to fetch %s from; give the script the file's path" % self.name)

    download = checkout = get = get_path = get_entry = file = files = _refuse


def charts(name):
    """The functions of wandb.plot."""
    if name.startswith("__"):
        raise AttributeError(name)
    return Media


KINDS = {
    name: type(name, (Media,), {})
    for name in (
        "Audio Classes EvalTable Graph Histogram Html Image JoinedTable Molecule Object3D Plotly Video box3d".split()
    )
}
