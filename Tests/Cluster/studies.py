"""Whole studies on a cluster: the same as locally, through every way to stop, and refusals."""

import os
import signal
import sqlite3
import subprocess
import time

from cluster import ClusterTest, Study

RUNNER = "partition: main, time: 10m, cpus: 1, mem: 200M"


class Short(ClusterTest):
    """What `make test` runs where Slurm is installed."""

    def test_a_study_is_checked_run_killed_taken_up_and_whole(self):
        study = self.study("short", RUNNER, pace=0.4)
        checked = study.command("check", study.file).stdout
        self.assertIn("takes such a job", checked)
        self.assertIn("--partition=main --time=10 --cpus-per-task=1 --mem=200M", checked)
        run = study.begin()
        self.wait(lambda: os.path.exists(study.root + "/short/study.sqlite") and study.status()["reports"] >= 2, what="two reports")
        self.wait(lambda: any(job["phase"] == "running" for job in study.status().get("jobs", [])), what="a job that runs")
        run.kill()
        run.wait()
        self.assertEqual(study.status()["state"], "interrupted")
        resumed = study.resume()
        self.assertIn("of an earlier run taken up", resumed.stderr)
        self.require_whole(study, 6)


class Studies(ClusterTest):
    def test_forty_trials_with_rungs_are_those_of_this_machine(self):
        """One after the other, so that the order of events is the same."""
        study = self.study("asha", RUNNER, run_cap=40, workers=1)
        study.run(timeout=600)
        local = self.study("asha-local", run_cap=40, workers=1)
        local.run()
        self.assertEqual(study.history(), local.history())
        self.require_whole(study, 40)

    def test_promotions_go_on_from_checkpoints_on_the_other_node(self):
        # Pilots, to which short launches change over, stay on a node that is drained.
        study = self.study("nodes", RUNNER + ", pilot: false", run_cap=9, workers=3)
        run = study.begin()
        self.wait(lambda: os.path.exists(study.root + "/nodes/study.sqlite") and study.status()["trials"]["paused"] >= 3, what="three paused")
        self.world.slurm("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=test")
        try:
            self.assertEqual(run.wait(timeout=200), 0)
        finally:
            self.world.slurm("scontrol", "update", "NodeName=n1", "State=RESUME")
        self.require_whole(study, 9)
        promoted = [trial for trial in study.trials() if len(trial["reports"]) > 1]
        logs = [open(f"{study.root}/nodes/trials/{trial['number']}/log.txt").read() for trial in promoted]
        self.assertTrue(any("starts at 0 on n1" in log and "on n2" in log.split("starts at 0 on n1")[1] for log in logs), logs)

    def test_the_built_in_trainer_comes_to_the_same_values(self):
        models = os.environ.get("AUTOLORA_MODELS", os.path.join(os.path.dirname(__file__), "../../models"))
        model = os.path.abspath(os.path.join(models, "all-MiniLM-L6-v2"))
        if not os.path.isdir(model):
            self.skipTest("no model: scripts/fetch-model.py")
        rows = [f'{{"text": "{"good" if i % 2 else "bad"} film number {i}", "label": {i % 2}}}\n' for i in range(64)]
        data = os.path.join(self.world.folder, "rows.jsonl")
        with open(data, "w") as file:
            file.writelines(rows)
        space = "\n".join([
            "metric: {name: eval_loss, goal: minimize}",
            "early_terminate: {type: asha, eta: 2, min_iter: 1, max_iter: 4}",
            f"trainer: {{type: lora, task: sequence-classification, model: {model}, train: {data}, validation: {data}, max_steps: 8, "
            "eval_steps: 2, batch_size: 8, max_length: 16, threads: 1}",
            "parameters: {learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2}, r: {values: [2, 4]}}",
        ])
        study = self.study("lora", "time: 10m, cpus: 1, mem: 1G", space=space, run_cap=4, workers=2)
        study.run(timeout=600)
        local = self.study("lora-local", space=space, run_cap=4, workers=2)
        local.run(timeout=600)
        # With two at a time the order of events differs, and with it who is promoted; what a trial comes to does not.
        for here, there in zip(study.history(), local.history()):
            self.assertEqual(here[2], there[2])
            shared = min(len(here[3]), len(there[3]))
            self.assertEqual(here[3][:shared], there[3][:shared])
        verified = study.command("verify", study.name, "--studies", study.root, "--replay")
        self.assertIn("is whole", verified.stdout)

    def test_ctrl_c_ends_jobs_and_a_detached_run_leaves_them(self):
        study = self.study("stops", RUNNER, pace=0.5, run_cap=6)
        run = study.begin()
        self.wait(lambda: os.path.exists(study.root + "/stops/study.sqlite") and study.status()["reports"] >= 2, what="two reports")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=30), 130)
        self.assertEqual(study.jobs(), [])
        run = study.start("resume", study.name, "--detach")
        self.wait(lambda: any(job["phase"] == "running" for job in study.status().get("jobs", [])), what="a job that runs")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=5), 130)
        self.assertTrue(study.status()["jobs"])
        self.assertGreater(study.status()["trials"]["running"], 0)
        study.resume()
        self.require_whole(study, 6)


class Refusals(ClusterTest):
    def refusal(self, runner, *words, **more):
        study = self.study("refused", runner)
        done = study.command("run", study.file, "--studies", study.root, *words, check=False, **more)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse(os.path.exists(study.root + "/refused"), "nothing is begun")
        checked = study.command("check", study.file, check=False, **more)
        self.assertEqual(checked.returncode, 2)
        errors = [line for line in done.stderr.split("\n") if line and "warning" not in line]
        self.assertEqual(len(errors), 1, done.stderr)
        return errors[0]

    def test_a_bad_partition(self):
        self.assertIn("the cluster has no partition 'mian'; it has", self.refusal("partition: mian"))
        self.assertIn("did you mean 'main'?", self.refusal("partition: mian"))

    def test_nodes_that_are_away_are_waited_for(self):
        self.world.slurm("scontrol", "update", "NodeName=n[1-2]", "State=DRAIN", "Reason=test")
        try:
            done = self.study("away", "cpus: 1").command("check", os.path.join(self.world.folder, "away.yaml"))
            self.assertIn("no node takes jobs just now", done.stderr)
        finally:
            self.world.slurm("scontrol", "update", "NodeName=n[1-2]", "State=RESUME")
            self.wait(lambda: set(self.world.slurm("sinfo", "-h", "-o", "%t").split()) == {"idle"}, what="nodes that are back")

    def test_more_than_there_is(self):
        self.assertIn("the cluster would not take such a job", self.refusal("cpus: 99"))
        self.assertIn("the cluster would not take such a job", self.refusal("mem: 900G"))
        self.assertIn("the cluster would not take such a job", self.refusal("gpus: 7"))
        self.assertIn("2 h a job is more than the 1 min of the partition short", self.refusal("partition: short, time: 2h"))

    def test_no_slurm_here(self):
        self.assertIn("Slurm's commands (sbatch, squeue, sinfo) are not on this machine", self.refusal("cpus: 1", PATH="/nowhere"))


class Hosts(ClusterTest):
    def resumed_elsewhere(self, study):
        words = f"hostname other-host && exec {self.world.binary} resume {study.name} --studies {study.root}"
        done = subprocess.run(["unshare", "-n", "-m", "-u", "bash", "-c", words], env=study.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_a_second_controller_on_another_host_is_refused_and_told_who(self):
        host = os.uname().nodename
        for name, environment in [("host-lock", {}), ("host-store", {"AUTOLORA_STORES": self.world.folder + "/stores"})]:
            study = self.study(name, RUNNER, pace=0.5, run_cap=3)
            run = study.start("run", study.file, **environment)
            self.wait(lambda: os.path.exists(f"{study.root}/{name}/trials/0") and study.status()["reports"] > 0, what="a report")
            told = self.resumed_elsewhere(study)
            if environment:
                self.assertIn(f"belongs to the host {host}, where its store is ({self.world.folder}/stores/{name}-", told)
                self.assertFalse(os.path.exists(f"{study.root}/{name}/study.sqlite"))
            else:
                self.assertIn(f"is being run by process {run.pid} on {host}", told)
            self.assertEqual(run.wait(timeout=120), 0)
            self.require_whole(study, 3)


class Queue(ClusterTest):
    def test_two_hundred_jobs_cost_one_squeue_for_all(self):
        """With the times as they are for users."""
        folder = os.path.join(self.world.folder, "bin")
        os.makedirs(folder, exist_ok=True)
        calls = os.path.join(self.world.folder, "squeue-calls")
        real = subprocess.run(["which", "squeue"], capture_output=True, text=True).stdout.strip()
        with open(folder + "/squeue", "w") as file:
            file.write(f'#!/bin/sh\ndate +%s.%N >> {calls}\nexec {real} "$@"\n')
        os.chmod(folder + "/squeue", 0o755)
        study = Study(self.world, "many", "time: 10m, cpus: 2, mem: 200M", pace=45, run_cap=200, workers=200)
        environment = {"PATH": folder + ":" + os.environ["PATH"], "AUTOLORA_SLURM_PACE": "1"}
        run = study.start("run", study.file, **environment)
        try:
            self.wait(lambda: os.path.exists(study.root + "/many/study.sqlite") and study.status()["trials"]["total"] == 200, 60, "200 trials")
            self.wait(lambda: len([j for j in study.status().get("jobs", []) if j["job"]]) >= 150, 240, "150 jobs in the queue at once")
            time.sleep(60)
            with open(calls) as file:
                times = [float(line) for line in file]
            gaps = [b - a for a, b in zip(times, times[1:])]
            self.assertGreater(min(gaps), 4.8, gaps)
            status = open(f"/proc/{run.pid}/status").read()
            peak = int(status.split("VmHWM:")[1].split()[0])
            self.assertLess(peak, 100 << 10, "KiB")
            print(f"\nsqueue {len(times)} times in {time.time() - times[0]:.0f} s, controller {peak >> 10} MiB", end=" ")
            self.assertGreater(study.status()["reports"], 4)
            delays = self.delays(study)
            print(f"{len(delays)} ends noticed after {max(delays):.1f} s at most", end=" ")
            self.assertGreater(len(delays), 3)
            self.assertLess(max(delays), 10, delays)
        finally:
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=120), 130)
        self.assertEqual(study.jobs(), [])

    def delays(self, study):
        """Seconds from the end that a launch wrote to its trial's being settled in the store."""
        with sqlite3.connect(f"file:{study.root}/{study.name}/study.sqlite?mode=ro", uri=True) as store:
            ended = store.execute("SELECT trial, launch, ended_at FROM job WHERE ended_at IS NOT NULL").fetchall()
        files = [(f"{study.root}/{study.name}/trials/{trial}/launches/{launch}/end.json", at) for trial, launch, at in ended]
        return [at - os.stat(file).st_mtime for file, at in files if os.path.exists(file)]
