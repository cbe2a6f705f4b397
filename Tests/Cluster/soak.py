"""Random faults, one after the other: nothing is lost, doubled or left behind. FAULTS=100 SEED=1 as they are."""

import os
import random
import signal
import subprocess
import time

from cluster import ClusterTest


class Soak(ClusterTest):
    faults = int(os.environ.get("FAULTS") or 100)
    seed = int(os.environ.get("SEED") or 1)

    def test_random_faults(self):
        self.random, self.made, number = random.Random(self.seed), [], 0
        # A study that comes to its end makes room for another.
        while len(self.made) < self.faults:
            number += 1
            self.soak(self.study(f"soak-{number}", "partition: low, time: 10m, cpus: 1, mem: 200M", pace=0.4, run_cap=24, workers=4))
        print("\n" + ", ".join(f"{self.made.count(name)} {name}" for name in sorted(set(self.made))), end=" ")

    def soak(self, study):
        run = study.begin()
        self.wait(lambda: os.path.exists(f"{study.root}/{study.name}/study.sqlite"), what="the study")
        while len(self.made) < self.faults:
            time.sleep(self.random.uniform(0.3, 2.5))
            if run.poll() is not None:
                if study.status()["state"] == "finished":
                    break
                run = study.start("resume", study.name)
                time.sleep(0.5)
            name = self.random.choice(["controller", "controller", "detach", "slurmctld", "hang", "node", "trial", "scancel", "preempt", "limit", "requeue"])
            self.made.append(name)
            getattr(self, "fault_" + name)(study, run)
        for _ in range(20):
            if run.wait(timeout=300) == 0:
                break
            run = study.start("resume", study.name)
        self.require_whole(study, 24)

    def job(self, study, states="R"):
        jobs = self.world.slurm("squeue", "-h", "-t", states, "-o", "%A").split()
        return self.random.choice(jobs) if jobs else None

    def fault_controller(self, study, run):
        run.kill()
        run.wait()

    def fault_detach(self, study, run):
        run.send_signal(signal.SIGHUP)

    def fault_slurmctld(self, study, run):
        self.world.testbed("controller", "down", self.world.cluster)
        time.sleep(self.random.uniform(0, 4))
        self.world.testbed("controller", "up", self.world.cluster)

    def fault_hang(self, study, run):
        self.world.testbed("controller", "hang", self.world.cluster)
        time.sleep(self.random.uniform(0, 6))
        self.world.testbed("controller", "up", self.world.cluster)

    def fault_node(self, study, run):
        node = self.random.choice(["n1", "n2"])
        self.world.testbed("node", node, "down", self.world.cluster)
        time.sleep(self.random.uniform(0, 4))
        self.world.testbed("node", node, "up", self.world.cluster)

    def fault_trial(self, study, run):
        """The scripted trials of this cluster alone, by the variable that only they have."""
        mark = f"SLURM_CONF={self.world.cluster}/etc/slurm.conf".encode()
        pids = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = open(f"/proc/{pid}/cmdline", "rb").read()
                if b"trial.py" in words and mark in open(f"/proc/{pid}/environ", "rb").read().split(b"\0") and b"supervise" not in words:
                    pids.append(int(pid))
            except OSError:
                pass
        if pids:
            try:
                os.kill(self.random.choice(pids), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def fault_scancel(self, study, run):
        if job := self.job(study):
            self.world.slurm("scancel", job)

    def fault_preempt(self, study, run):
        """Somebody else wants all of both nodes for a moment."""
        self.world.slurm("sbatch", "--partition=main", "--nodes=2", "--exclusive", "--time=1", "--output=/dev/null", "--no-requeue", "--wrap", "sleep 2")

    def fault_limit(self, study, run):
        if job := self.job(study):
            self.world.slurm("scontrol", "update", f"JobId={job}", "TimeLimit=00:00:01")

    def fault_requeue(self, study, run):
        if job := self.job(study):
            self.world.slurm("scontrol", "requeue", job)
