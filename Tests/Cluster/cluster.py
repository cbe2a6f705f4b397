"""What the tests on a Slurm cluster share: the throw-away cluster, studies on it, and what has to hold of every one of them."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TRIAL = os.path.join(HERE, "trial.py")
TESTBED = os.path.join(HERE, "../../scripts/slurm-testbed.sh")


def score(x, iter):
    """What trial.py reports."""
    return 1 - (x - 0.3) ** 2 - 0.5 / iter


class World:
    """Made once for all tests: the cluster, and folders. Times of the runner are a fifth of the usual ones."""

    def __init__(self, binary):
        self.binary = binary
        # Sockets lie in it: its path has to be short.
        self.folder = tempfile.mkdtemp(prefix="al-", dir="/tmp")
        self.cluster = os.path.join(self.folder, "tb")
        # CGROUP=1: jobs have no more memory than they ask for.
        self.has_cgroups = bool(os.environ.get("CGROUP"))
        self.testbed("start", self.cluster, "--nodes", "2", "--cpus", "4", "--gpus", "2", *["--cgroup"][:self.has_cgroups])
        self.environment = dict(os.environ, SLURM_CONF=self.cluster + "/etc/slurm.conf", AUTOLORA_SLURM_PACE="0.2", NO_COLOR="1")

    def testbed(self, *words):
        subprocess.run(["bash", TESTBED, *words], check=True, stdout=sys.stderr)

    def slurm(self, *words):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True)
        return done.stdout

    def close(self):
        self.testbed("stop", self.cluster)
        subprocess.run(["rm", "-rf", self.folder], check=True)


class Study:
    """A study of scripted trials, or of another space."""

    def __init__(self, world, name, runner="", pace=0.0, space="", **settings):
        self.world, self.name = world, name
        self.root = os.path.join(world.folder, "studies")
        values = {"run_cap": 6, "workers": 3, "method": "random", "seed": 3} | settings
        text = space or "\n".join([
            "metric: {name: score, goal: maximize}",
            "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}",
            f'trainer: {{type: command, command: [{sys.executable}, {TRIAL}, "${{args}}"]}}',
            "parameters: {x: {min: 0.0, max: 1.0}}",
        ])
        text = f"name: {name}\n" + text + "\n" + "".join(f"{key}: {value}\n" for key, value in values.items())
        if runner:
            text += f"runner: {{type: slurm, {runner}}}\n"
        self.file = os.path.join(world.folder, name + ".yaml")
        with open(self.file, "w") as file:
            file.write(text)
        self.environment = dict(world.environment, TRIAL_PACE=str(pace))

    def command(self, *words, check=True, timeout=300, **more):
        done = subprocess.run(
            [self.world.binary, *words], env=self.environment | more, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def run(self, *words, **more):
        return self.command("run", self.file, "--studies", self.root, *words, **more)

    def start(self, *words, **more):
        """A run in the background; its words go to a log."""
        self.log = open(os.path.join(self.world.folder, self.name + ".log"), "a")
        return subprocess.Popen([self.world.binary, *words, "--studies", self.root], env=self.environment | more,
                                stdout=self.log, stderr=self.log)

    def begin(self):
        return self.start("run", self.file)

    def resume(self, *words, **more):
        return self.command("resume", self.name, "--studies", self.root, *words, **more)

    def status(self):
        return json.loads(self.command("status", self.name, "--studies", self.root, "--json").stdout)

    def trials(self):
        return json.loads(self.command("trials", self.name, "--studies", self.root, "--json").stdout)

    def jobs(self):
        """Those of the study that the cluster has, running or waiting."""
        tags = {job["name"].rsplit("-t", 1)[0] for job in self.status().get("jobs", [])}
        listed = self.world.slurm("squeue", "-h", "-o", "%A %T %j").split("\n")
        return [line for line in listed if "al-" in line and (not tags or any(tag in line for tag in tags))]

    def history(self):
        """What is the same wherever it ran."""
        return [(t["number"], t["state"], t["parameters"], [(r["iter"], r["step"], r["value"]) for r in t["reports"]])
                for t in self.trials()]


class ClusterTest(unittest.TestCase):
    world = None

    def study(self, name, *words, **settings):
        return Study(self.world, name, *words, **settings)

    def wait(self, condition, seconds=60, what=""):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        self.fail(f"not within {seconds} s: {what}")

    def require_whole(self, study, trials):
        """Finished, every report once and right, nothing left in the queue, and every decision can be had again."""
        status = study.status()
        self.assertEqual(status["state"], "finished")
        self.assertEqual(status["trials"]["total"], trials)
        for trial in study.trials():
            reports = trial["reports"]
            self.assertEqual([r["step"] for r in reports], [10 * (i + 1) for i in range(len(reports))], trial["number"])
            for report in reports:
                self.assertAlmostEqual(report["value"], score(trial["parameters"]["x"], report["iter"]), 12)
        whole = study.command("verify", study.name, "--studies", study.root, "--replay", check=False)
        self.assertEqual(whole.returncode, 0, whole.stdout)
        # A pilot that was told to end takes a moment for it.
        self.wait(lambda: "al-" not in self.world.slurm("squeue", "-h", "-t", "PD,R,CG", "-o", "%j"), 20, "no job left behind")
