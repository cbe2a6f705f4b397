"""One run: what a script logs is gathered into rows, as wandb has them, and each row is printed."""

import os
import time
from collections.abc import Mapping
from types import SimpleNamespace

from ._config import Config, dictionary
from ._errors import UsageError
from ._media import Artifact, Media
from ._reports import flattened, refuse, say, whole
from ._summary import Summary, fold


class Run:
    def __init__(self, reports, identity, given, ended):
        """
        identity: study, trial, the run's number in this process.
        given: what init was told.
        ended: called with the run once it is finished.
        """
        self._reports, self._ended = reports, ended
        self._pid, self._finished, self._row, self._step = os.getpid(), False, {}, 0
        self._has_step, self._printed, self._latest, self._kept, self._rules = False, None, {}, {}, {}
        self._last_own_step = -1
        study, trial, count = identity
        name = "-".join([study or "run"] + [str(part) for part in (trial, count) if part])
        self.id = given.get("id") or name
        self.name = given.get("name") or name
        self.project = given.get("project") or study or "uncategorized"
        self.entity, self.notes, self.group = given.get("entity") or "", given.get("notes"), given.get("group") or ""
        self.job_type, self.tags = given.get("job_type") or "", tuple(given.get("tags") or ())
        self.settings = given.get("settings") or given
        self.mode = given.get("mode") or "offline"
        self.disabled = self.mode == "disabled"
        self.offline, self.resumed, self.starting_step = True, False, 0
        self.sweep_id, self.start_time = study, time.time()
        self.url = self.sweep_url = self.project_url = None
        self.path = "/".join([self.entity, self.project, self.id])
        self.config, self.summary = Config(), Summary()

    # -- figures

    def log(self, data, step=None, commit=None, sync=None):
        if self._finished:
            raise UsageError("Run (%s) is finished. The call to `log` will be ignored." % self.id)
        if not isinstance(data, Mapping):
            raise TypeError("wandb.log must be passed a dictionary")
        if any(not isinstance(key, str) for key in data):
            raise TypeError("Key values passed to `wandb.log` must be strings.")
        if step is not None:
            step = int(step)
            if step < self._step:
                say("a step below the current one (%d after %d): what was logged there is passed over" % (step, self._step))
                return
            if step > self._step:
                self._commit()
                self._step = step
            self._has_step = True
        self._row.update(data)
        if (step is None and commit is None) or commit:
            self._commit()
            self._step += 1
        elif commit is None:
            self._tell()

    def _commit(self):
        """The row is whole."""
        if not self._row:
            return
        self._tell(whole_row=True)
        row, self._row, self._has_step, self._printed = self._row, {}, False, None
        fold(self.summary, row, self._kept, self._rule)
        self.summary.update({"_step": self._step, "_runtime": time.time() - self.start_time, "_timestamp": time.time()})

    def _tell(self, whole_row=False):
        """Prints the row. One with a step of its own is printed as soon as it has the metric, not at the next step."""
        figures = flattened(self._row)
        self._latest.update(figures)
        if self.disabled or os.getpid() != self._pid:
            return
        value = self._reports.value(figures)
        if self._printed is None:
            if whole_row or value is not None:
                self._printed = (repr(value), set(figures))
                self._reports.print(figures, self._step if self._has_step else self._own_step(figures))
        elif whole_row and repr(value) != self._printed[0]:
            say("the metric was logged twice at step %d: the first value counts" % self._step)
        elif whole_row and set(figures) != self._printed[1]:
            self._reports.print(figures, self._step)

    def _own_step(self, figures):
        """The value of the step metric that define_metric names for the study's metric; steps that do not grow tell nothing."""
        names = [name for name in figures if self._reports.is_metric(name)]
        step = whole(self._latest.get(self._rule(names[-1]).step_metric)) if names else None
        if step is None or step <= self._last_own_step:
            return None
        self._last_own_step = step
        return step

    def define_metric(self, name, step_metric=None, step_sync=None, hidden=None, summary=None, goal=None, overwrite=None):
        step_metric = getattr(step_metric, "name", step_metric)
        kinds = tuple(kind.strip() for kind in (summary or "").split(",") if kind.strip())
        self._rules[name] = SimpleNamespace(name=name, step_metric=step_metric, summary=kinds, goal=goal)
        return self._rules[name]

    def _rule(self, name):
        """What define_metric says of a figure, by its name or the longest beginning of it."""
        globs = [glob for glob in self._rules if glob.endswith("*") and name.startswith(glob[:-1])]
        glob = max(globs, key=len) if globs else None
        return self._rules.get(name) or self._rules.get(glob) or SimpleNamespace(step_metric=None, summary=(), goal=None)

    # -- the end

    def finish(self, exit_code=None, quiet=None):
        if self._finished:
            return
        self._commit()
        figures = {name: value for name, value in flattened(self.summary).items() if not name.startswith("_")}
        if not self._reports.has_reported and not self.disabled and os.getpid() == self._pid:
            # The metric may stand in the summary alone.
            if self._reports.metric is None or self._reports.value(figures) is not None:
                self._reports.print(figures)
        self._finished = True
        self._ended(self)

    def join(self, exit_code=None):
        self.finish(exit_code)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.finish()
        return False

    # -- what it is asked

    @property
    def step(self):
        return self._step

    @property
    def dir(self):
        """A folder of the trial's own that is there."""
        path = os.path.join(os.environ.get("AUTOLORA_TRIAL_DIR") or os.getcwd(), "wandb", self.id, "files")
        os.makedirs(path, exist_ok=True)
        return path

    @property
    def config_static(self):
        return self.config

    def project_name(self):
        return self.project

    def get_url(self):
        return self.url

    def to_html(self, *arguments, **named):
        return ""

    # -- taken, and without effect

    def _pass(self, *arguments, **named):
        return None

    alert = mark_preempting = display = status = pin_config_keys = _label = write_logs = unwatch = log_code = _pass

    def watch(self, *arguments, **named):
        say("watch has no effect: gradients and parameters are not logged")
        return ()

    def save(self, *arguments, **named):
        Media()
        return []

    def log_artifact(self, artifact_or_path=None, name=None, type=None, **_):
        return artifact_or_path if isinstance(artifact_or_path, Artifact) else Artifact(name or "", type or "")

    link_artifact = upsert_artifact = finish_artifact = log_artifact

    def log_model(self, path=None, name=None, aliases=None):
        return Artifact(name or "", "model")

    link_model = log_model

    # -- refused

    def use_artifact(self, *arguments, **named):
        refuse("use_artifact", "there is no server to fetch it from; give the script the file's path")

    def use_model(self, *arguments, **named):
        refuse("use_model", "there is no server to fetch it from; give the script the file's path")

    def restore(self, *arguments, **named):
        refuse("restore", "there is no server to fetch it from; give the script the file's path")

    def logged_artifacts(self, *arguments, **named):
        refuse("logged_artifacts", "artifacts are not kept")


def begin(run, given, parameters):
    """Fills a run's configuration as init does: the script's values, and over them the trial's, locked."""
    included, excluded = given.get("config_include_keys"), given.get("config_exclude_keys") or ()
    for key, value in dictionary(given.get("config")).items():
        if (not included or key in included) and key not in excluded:
            run.config._set(key, value, True)
    run.config._lock(parameters)
