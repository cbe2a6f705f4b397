"""What people do while jobs run and wait: fewer workers and more, jobs cancelled or requeued by hand, Ctrl-C twice, going on elsewhere."""

import os
import signal
import subprocess
import sys
import time

from faults import RUNNER, FaultTest, Full, script

TWELVE = script("for step in range(done + 1, 13):\n    time.sleep(1)\n    report(step)")
TWENTY = script("for step in range(done + 1, 21):\n    time.sleep(1)\n    report(step)")


class SteeringTest(FaultTest):
    def setUp(self):
        """A slurmctld that died may have left a node drained."""

        def idle():
            nodes = set(self.world.slurm("sinfo", "-h", "-o", "%t").split())
            # A node that has just registered again is drained by what comes after.
            if nodes != {"idle"}:
                self.world.slurm("scontrol", "update", "NodeName=n[1-2]", "State=RESUME")
            return nodes == {"idle"}

        self.wait(idle, 90, "idle nodes")


class Steering(SteeringTest):
    def running(self):
        """So many of the user's jobs run, and so many wait."""
        states = self.world.slurm("squeue", "-h", "-t", "R,PD", "-o", "%T %j").split("\n")
        ours = [line.split()[0] for line in states if " al-" in line]
        return ours.count("RUNNING"), ours.count("PENDING")

    def ask(self, study, *words):
        return study.command(*words, "--studies", study.root).stdout

    def test_workers_4_1_6_while_jobs_run_and_wait(self):
        """Each job takes a whole node: two run at the same time."""
        study = self.study("workers", RUNNER.replace("cpus: 1", "cpus: 4"), space=TWELVE, workers=6, run_cap=8)
        run = study.begin()
        try:
            self.wait(lambda: self.running() == (2, 4), what="two that run and four that wait")
            for count, pending in [(4, 2), (1, 0)]:
                self.assertIn("jobs that wait leave the queue", self.ask(study, "workers", "workers", str(count)))
                self.wait(lambda: self.running() == (2, pending), 15, f"{pending} that wait")
            self.assertEqual(study.status()["trials"]["waiting"], 4)
            # What runs goes on to its end, and then one works.
            self.wait(lambda: study.status()["trials"]["complete"] == 2, 60, "two that are complete")
            most = 0
            for _ in range(30):
                most = max(most, sum(self.running()))
                time.sleep(0.2)
            self.assertEqual(most, 1)
            self.ask(study, "workers", "workers", "6")
            self.wait(lambda: self.running()[0] == 2 and sum(self.running()) >= 5, 30, "six at a time")
            self.end(run, study, 240)
            self.require_whole(study, 8, 12)
            self.assertEqual(self.retries(study), [0] * 8)
            self.assertIn("its job was taken out of the queue", self.log(study))
        finally:
            run.kill()

    def test_fewer_workers_on_resume(self):
        with Full(self.world):
            study = self.study("fewer", workers=4, run_cap=4)
            run = study.begin()
            self.wait(lambda: self.running() == (0, 4), what="four that wait")
            run.kill()
            run.wait()
            run = study.start("resume", study.name, "--workers", "1")
            self.wait(lambda: self.running() == (0, 1), 30, "one that waits")
        self.end(run, study, 120)
        self.require_whole(study, 4)

    def test_all_jobs_are_cancelled_at_once(self):
        study = self.study("all", RUNNER.replace("cpus: 1", "cpus: 4"), space=TWENTY, workers=4, run_cap=6)
        run = study.begin()
        self.wait(lambda: self.running() == (2, 2), what="two that run and two that wait")
        self.reports(study, 2)
        self.cancel_all(run, study, 6)

    def test_requeued_by_hand(self):
        """Refused, unless somebody allows it first."""
        study = self.study("requeued", space=TWENTY, workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        job = self.job(study)["job"]
        done = subprocess.run(["scontrol", "requeue", job], env=self.world.environment, capture_output=True, text=True)
        self.assertIn("disabled", done.stderr)
        self.world.slurm("scontrol", "update", f"JobId={job}", "Requeue=1")
        self.world.slurm("scontrol", "requeue", job)
        self.end(run, study)
        self.require_whole(study, 1, 20)
        self.assertEqual((self.launches(study), self.retries(study)), ([2], [0]))
        self.assertIn("was put back into the queue", self.log(study))


class Leaving(SteeringTest):
    def test_ctrl_c_twice_says_what_goes_on(self):
        study = self.study("twice", space=TWENTY)
        run = study.start("run", study.file, AUTOLORA_SLURM_PACE="1")
        self.reports(study, 1)
        run.send_signal(signal.SIGINT)
        time.sleep(0.4)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=5), 130)
        self.assertIn("jobs that were not told to end yet go on; take them up with: autolora resume twice", self.log(study))
        # They were told at once.
        self.wait(lambda: not self.left(study), 20, "an empty queue")
        study.resume()
        self.require_whole(study, 2, 20)

    def test_jobs_that_go_on_are_not_run_here_too(self):
        study = self.study("here", space=TWENTY)
        run = study.start("run", study.file, "--detach")
        self.reports(study, 1)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=10), 130)
        refused = study.resume("--runner", "local", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("the study's last run left jobs on a cluster", refused.stderr)
        # By another path they are the same.
        link = os.path.join(self.world.folder, "link")
        os.symlink(study.root, link)
        done = study.command("resume", study.name, "--studies", link)
        self.assertIn("2 jobs of an earlier run taken up", done.stderr)
        self.require_whole(study, 2, 20)
        self.assertEqual(self.launches(study), [1, 1])

    def test_slurmctld_is_away_as_a_run_ends(self):
        with Full(self.world):
            study = self.study("silent")
            run = study.begin()
            self.job(study, "pending")
            self.world.testbed("controller", "down", self.world.cluster)
            try:
                run.send_signal(signal.SIGINT)
                self.assertEqual(run.wait(timeout=90), 130)
                self.assertIn("it may still have jobs", self.log(study))
            finally:
                self.world.testbed("controller", "up", self.world.cluster)
        study.resume(timeout=120)
        self.wait(lambda: not self.left(study), 60, "an empty queue")
        self.require_whole(study)


class Files(SteeringTest):
    def test_a_promoted_script_keeps_its_best_adapter_and_what_it_collects(self):
        trainers = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../search-spaces/trainers"))
        with open(os.path.join(self.world.folder, "best.py"), "w") as file:
            file.write(f"""import os, sys
sys.path.insert(0, {trainers!r})
import autolora_trial as trial
folder = os.environ["AUTOLORA_TRIAL_DIR"]
start = int(open(trial.resume_from + "/iter").read()) if trial.resume_from else 0
for step in range(start + 1, 4):
    os.makedirs(trial.checkpoint_dir, exist_ok=True)
    open(trial.checkpoint_dir + "/iter", "w").write(str(step))
    trial.report(step=step, score=[0.9, 0.5, 0.4][step - 1] + trial.parameters["x"] / 1000)
    open(folder + "/rows", "a").write(str(step))
    if trial.is_best():
        os.makedirs(folder + "/adapter", exist_ok=True)
        open(folder + "/adapter/from", "w").write(str(step))
    if trial.should_stop():
        break
""")
        space = "\n".join([
            "metric: {name: score, goal: maximize}", "early_terminate: {type: asha, eta: 2, min_iter: 1, max_iter: 3}",
            f"trainer: {{type: command, command: [{sys.executable}, {self.world.folder}/best.py]}}", "parameters: {x: {min: 0.0, max: 1.0}}"])
        study = self.study("best", space=space, run_cap=4)
        self.end(study.begin(), study)
        whole = [trial for trial in study.trials() if len(trial["reports"]) == 3]
        self.assertTrue(whole)
        for trial in whole:
            self.assertGreater(trial["launches"], 1)
            folder = f"{study.root}/best/trials/{trial['number']}"
            self.assertEqual((open(folder + "/adapter/from").read(), open(folder + "/rows").read()), ("1", "123"))


class Memory(SteeringTest):
    def test_a_job_that_takes_more_than_it_asked_for_ran_out_of_memory(self):
        if not self.world.has_cgroups:
            self.skipTest("CGROUP=1 starts a cluster that holds jobs to their memory")
        space = script("report(1)\nx = bytearray(500 << 20)\nreport(2)")
        study = self.study("memory", RUNNER, space=space, run_cap=1, workers=1)
        run = study.begin()
        run.wait(timeout=120)
        trial = study.trials()[0]
        print("\n", trial["state"], trial["error"], self.log(study).split("\n")[-6:])
        self.assertEqual((trial["state"], study.status()["out_of_memory"]), ("pruned", 1))
        self.assertIn("out of memory", trial["error"])
