"""What goes wrong on clusters: each fault named, nothing lost, nothing twice, nothing left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from cluster import ClusterTest, Study

RUNNER = "time: 10m, cpus: 1, mem: 200M"


def script(text):
    """A space whose trials are lines of Python: `report(step)` reports and saves, `done` is the step that was saved last."""
    lines = f'''
import json, os, subprocess, sys, time
folder, resume = os.environ["AUTOLORA_TRIAL_DIR"], os.environ.get("AUTOLORA_RESUME_FROM")
done = int(open(resume + "/iter").read()) if resume else 0
def report(step):
    print(json.dumps({{"step": step, "score": step}}), flush=True)
    os.makedirs(folder + "/checkpoint", exist_ok=True)
    with open(folder + "/checkpoint/iter.tmp", "w") as file: file.write(str(step))
    os.replace(folder + "/checkpoint/iter.tmp", folder + "/checkpoint/iter")
{text}
'''
    indented = "\n".join("      " + line for line in lines.split("\n"))
    return "\n".join([
        "metric: {name: score, goal: maximize}", "trainer:", "  type: command", "  command:",
        f"    - {sys.executable}", "    - -c", "    - |", indented, "parameters: {x: {min: 0.0, max: 1.0}}"])


COUNT = script("for step in range(done + 1, 9):\n    time.sleep(1)\n    report(step)")


class Full:
    """Meanwhile all nodes are busy: whatever is submitted waits."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        self.jobs = [self.world.slurm("sbatch", "--parsable", "-J", "full", "-w", node, "--exclusive", "-o", "/dev/null", "-t", "5",
                                      "--wrap", "sleep 250").strip() for node in ("n1", "n2")]
        end = time.monotonic() + 30
        while self.world.slurm("squeue", "-h", "-t", "R", "-n", "full", "-o", "%A").count("\n") < 2 and time.monotonic() < end:
            time.sleep(0.2)

    def __exit__(self, *_):
        self.world.slurm("scancel", *self.jobs)


class FaultTest(ClusterTest):
    def study(self, name, runner=RUNNER, space=COUNT, **settings):
        return Study(self.world, name, runner, space=space, **({"run_cap": 2, "workers": 2} | settings))

    def job(self, study, phase="running"):
        """Once one of the study's jobs is so far, the first of them."""
        there = lambda: os.path.exists(f"{study.root}/{study.name}/study.sqlite")
        found = lambda: [job for job in study.status().get("jobs", []) if job["phase"] == phase and job["job"]]
        return self.wait(lambda: there() and found(), what=f"a job that is {phase}")[0]

    def reports(self, study, count):
        self.wait(lambda: os.path.exists(f"{study.root}/{study.name}/study.sqlite") and study.status()["reports"] >= count,
                  what=f"{count} reports")

    def log(self, study):
        return open(os.path.join(self.world.folder, study.name + ".log")).read()

    def end(self, run, study, seconds=150):
        try:
            self.assertEqual(run.wait(timeout=seconds), 0, self.log(study))
        finally:
            run.kill()

    def require_whole(self, study, trials=2, steps=8):
        self.assertEqual(study.status()["state"], "finished")
        self.assertEqual(len(study.trials()), trials)
        for trial in study.trials():
            self.assertEqual(trial["state"], "complete", trial["error"])
            self.assertEqual([r["step"] for r in trial["reports"]], list(range(1, steps + 1)), trial["number"])
        verified = study.command("verify", study.name, "--studies", study.root, "--replay", check=False)
        self.assertEqual(verified.returncode, 0, verified.stdout)
        self.assertEqual(self.left(study), [])

    def left(self, study):
        """What the queue has of this study alone: a slurmctld that died may have jobs of a study before it running once more in its books."""
        with open(f"{study.root}/{study.name}/trials/0/launches/1/launch.json") as file:
            tag = json.load(file)["name"].rsplit("-t", 1)[0]
        return [line for line in self.world.slurm("squeue", "-h", "-o", "%A %T %j").split("\n") if tag in line]

    def launches(self, study):
        return [trial["launches"] for trial in study.trials()]

    def retries(self, study):
        return [trial.get("retries", 0) for trial in study.trials()]

    def preempt(self, runner):
        """A job of another partition takes the node of a trial, which goes on without a retry spent."""
        study = self.study("preempted", runner + ", partition: low", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        node = self.job(study)["node"]
        self.world.slurm("sbatch", "--parsable", "-p", "main", "-w", node, "--cpus-per-task=4", "-o", "/dev/null", "-t", "1", "--wrap", "sleep 2")
        self.end(run, study)
        self.require_whole(study, 1)
        self.assertEqual((self.launches(study), self.retries(study)), ([2], [0]))
        self.assertIn("was preempted", self.log(study))

    def cancel_all(self, run, study, trials):
        """All of a study's jobs by hand: one event, and no trial's fault. The study of `trials` goes on later."""
        self.world.slurm("scancel", "-u", str(os.getuid()))
        self.assertEqual(run.wait(timeout=60), 1, self.log(study))
        self.assertIn("cancelled by hand, and so were all others of the study at the same time (scancel)", self.log(study))
        states = study.status()["trials"]
        self.assertEqual((states["failed"], states["waiting"]), (0, 4), states)
        self.assertEqual(self.left(study), [])
        study.resume(timeout=240)
        self.require_whole(study, trials, 20)


class Controller(FaultTest):
    def test_killed_while_jobs_wait(self):
        with Full(self.world):
            study = self.study("waiting")
            run = study.begin()
            self.job(study, "pending")
            run.kill()
            run.wait()
        study.resume()
        self.require_whole(study)
        self.assertEqual(self.launches(study), [1, 1])

    def test_killed_while_they_run_and_end(self):
        study = self.study("running")
        run = study.begin()
        self.reports(study, 3)
        run.kill()
        run.wait()
        # Both end without a controller.
        time.sleep(10)
        self.assertEqual(self.left(study), [])
        study.resume()
        self.require_whole(study)
        self.assertEqual(self.launches(study), [1, 1])

    def test_killed_between_a_submission_and_its_record(self):
        folder = os.path.join(self.world.folder, "slow-bin")
        os.makedirs(folder, exist_ok=True)
        real = subprocess.run(["which", "sbatch"], capture_output=True, text=True).stdout.strip()
        with open(folder + "/sbatch", "w") as file:
            file.write(f'#!/bin/sh\ncase "$*" in *--test-only*) exec {real} "$@";; esac\n{real} "$@" > {folder}/$$; touch {folder}/submitted; sleep 60\n')
        os.chmod(folder + "/sbatch", 0o755)
        study = self.study("between", workers=1, run_cap=1)
        run = study.start("run", study.file, PATH=folder + ":" + os.environ["PATH"])
        self.wait(lambda: os.path.exists(folder + "/submitted"), what="a submission")
        run.kill()
        run.wait()
        study.resume()
        self.require_whole(study, 1)
        listed = self.world.slurm("squeue", "-h", "-t", "all", "-o", "%j").split()
        name = [job for job in listed if job.endswith("-t0-l1")]
        self.assertEqual(self.launches(study), [1])
        self.assertTrue(name)
        self.assertFalse(os.path.exists(f"{study.root}/between/trials/0/launches/1/start-2"))

    def test_a_trial_that_ignores_term_and_leaves_grandchildren(self):
        mark = f"autolora-grandchild-{os.getpid()}"
        space = script(
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            f"subprocess.Popen(['bash', '-c', 'trap \"\" TERM; exec -a {mark} sleep 600'], start_new_session=True)\n"
            "for step in range(1, 600):\n    time.sleep(0.5)\n    report(step)")
        study = self.study("stubborn", space=space + "\ngrace: 2", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=60), 130)
        self.wait(lambda: not self.left(study), 20, "an empty queue")
        found = subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True).stdout
        self.assertEqual(found, "")


class Slurmctld(FaultTest):
    def test_it_hangs_while_jobs_are_submitted(self):
        study = self.study("hangs")
        self.world.testbed("controller", "hang", self.world.cluster)
        try:
            run = study.begin()
            time.sleep(12)
        finally:
            self.world.testbed("controller", "up", self.world.cluster)
        self.end(run, study)
        self.require_whole(study)
        for trial in (0, 1):
            self.assertFalse(os.path.exists(f"{study.root}/hangs/trials/{trial}/launches/1/start-2"))

    def test_it_is_away_while_a_trial_ends(self):
        study = self.study("away")
        run = study.begin()
        self.reports(study, 4)
        self.world.testbed("controller", "down", self.world.cluster)
        try:
            self.end(run, study)
        finally:
            self.world.testbed("controller", "up", self.world.cluster)
        self.require_whole_soon(study)

    def require_whole_soon(self, study):
        end = time.monotonic() + 60
        while self.left(study) and time.monotonic() < end:
            time.sleep(1)
        self.assertEqual(self.left(study), [])
        self.require_whole(study)

    def test_it_dies_after_a_submission(self):
        for delay in (0, 1, 2):
            with self.subTest(delay=delay):
                study = self.study(f"dies{delay}")
                run = study.begin()
                self.wait(lambda: os.path.exists(study.root + f"/{study.name}/study.sqlite")
                          and [job for job in study.status().get("jobs", []) if job["job"]], what="a job")
                time.sleep(delay)
                self.world.testbed("controller", "down", self.world.cluster)
                time.sleep(1)
                self.world.testbed("controller", "up", self.world.cluster)
                self.end(run, study)
                self.require_whole_soon(study)


class Jobs(FaultTest):
    def test_preempted(self):
        self.preempt(RUNNER)

    def test_cancelled_by_hand(self):
        study = self.study("cancelled")
        run = study.begin()
        self.reports(study, 2)
        self.world.slurm("scancel", self.job(study)["job"])
        self.end(run, study)
        self.assertEqual(sorted(trial["state"] for trial in study.trials()), ["complete", "failed"])
        self.assertIn("cancelled by hand", [t["error"] for t in study.trials() if t["state"] == "failed"][0])

    def test_its_processes_are_killed(self):
        study = self.study("killed", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        job = self.job(study)["job"]
        for folder in os.listdir("/proc"):
            try:
                if f"SLURM_JOB_ID={job}\0".encode() in open(f"/proc/{folder}/environ", "rb").read():
                    os.kill(int(folder), signal.SIGKILL)
            except (OSError, ValueError):
                pass
        self.end(run, study)
        self.require_whole(study, 1)
        self.assertEqual(self.launches(study), [2])

    def test_a_node_fails(self):
        study = self.study("node", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        node = self.job(study)["node"]
        self.world.testbed("node", node, "down", self.world.cluster)
        try:
            self.end(run, study)
        finally:
            self.world.testbed("node", node, "up", self.world.cluster)
        self.require_whole(study, 1)
        self.assertEqual((self.launches(study), self.retries(study)), ([2], [0]))

    def test_a_node_is_back_before_anybody_missed_it(self):
        study = self.study("back", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        node = self.job(study)["node"]
        self.world.testbed("node", node, "down", self.world.cluster)
        self.world.testbed("node", node, "up", self.world.cluster)
        self.end(run, study)
        self.require_whole(study, 1)

    def test_a_limit_shorter_than_a_trial(self):
        space = script("for step in range(done + 1, 11):\n    time.sleep(10)\n    report(step)")
        study = self.study("limit", "time: 1m, warn: 15s, cpus: 1, mem: 200M", space=space + "\ngrace: 2", workers=1, run_cap=1)
        run = study.begin()
        self.end(run, study, 400)
        self.require_whole(study, 1, 10)
        self.assertGreaterEqual(self.launches(study)[0], 2)
        self.assertEqual(self.retries(study), [0])
        self.assertIn("came to the end of its job's time", self.log(study))

    def test_each_sees_gpus_of_its_own(self):
        space = script("print('devices', os.environ['CUDA_VISIBLE_DEVICES'], os.environ['SLURMD_NODENAME'], file=sys.stderr)\n"
                       "time.sleep(4)\nreport(1)")
        study = self.study("gpus", RUNNER + ", gpus: 1", space=space, workers=4, run_cap=4)
        self.end(study.begin(), study)
        self.require_whole(study, 4, 1)
        seen = set()
        for trial in range(4):
            log = open(f"{study.root}/gpus/trials/{trial}/log.txt").read()
            seen.add(next(line for line in log.split("\n") if line.startswith("devices")))
        self.assertEqual(len(seen), 4, seen)


class Beginnings(FaultTest):
    def obstacle(self, name, runner=RUNNER, **more):
        study = self.study(name, runner, workers=1, run_cap=1)
        run = study.start("run", study.file, **more)
        self.assertEqual(run.wait(timeout=100), 1, self.log(study))
        self.assertEqual(self.left(study), [])
        self.assertEqual([trial["state"] for trial in study.trials()], ["waiting"])
        return study, self.log(study)

    def test_a_setup_that_fails(self):
        study, log = self.obstacle("setup", RUNNER + ', setup: ["echo no such module: cuda >&2; false"]')
        self.assertIn("before the trial began (`setup` in the runner): no such module: cuda", log)

    def test_a_binary_that_the_node_lacks(self):
        hidden = os.path.join(self.world.folder, "bin-here")
        os.makedirs(hidden, exist_ok=True)
        for name in ("autolora", "autolora-supervisor"):
            if not os.path.exists(f"{hidden}/{name}"):
                shutil.copy(os.path.join(os.path.dirname(self.world.binary), name), hidden)
        binary, self.world.binary = self.world.binary, hidden + "/autolora"
        try:
            with Full(self.world):
                study = self.study("binary", workers=1, run_cap=1)
                run = study.begin()
                self.job(study, "pending")
                os.rename(hidden + "/autolora", hidden + "/gone")
            self.world.binary = binary
            self.assertEqual(run.wait(timeout=100), 1, self.log(study))
            self.assertIn("could not run autolora on n", self.log(study))
        finally:
            self.world.binary = binary
        study.resume()
        self.require_whole(study, 1)

    def test_a_folder_that_the_node_lacks(self):
        study = self.study("unmounted", workers=1, run_cap=1)
        with Full(self.world):
            run = study.begin()
            self.job(study, "pending")
            launch = f"{study.root}/unmounted/trials/0/launches/1"
            os.rename(launch, launch + ".away")
        self.assertEqual(run.wait(timeout=100), 1, self.log(study))
        self.assertIn("the study's folder has to be there and writable on all nodes", self.log(study))
        os.rename(launch + ".away", launch)
        study.resume()
        self.require_whole(study, 1)

    def test_more_time_than_the_partition_gives(self):
        """The check finds it; where the partition changes later, the queue's reason does."""
        study = self.study("long", "partition: short, cpus: 1, mem: 200M, time: 5m", workers=1, run_cap=1)
        self.world.slurm("scontrol", "update", "PartitionName=short", "MaxTime=10")
        try:
            with Full(self.world):
                run = study.begin()
                self.job(study, "pending")
                self.world.slurm("scontrol", "update", "PartitionName=short", "MaxTime=1")
        finally:
            self.world.slurm("scontrol", "update", "PartitionName=short", "MaxTime=1")
        self.assertEqual(run.wait(timeout=100), 1, self.log(study))
        self.assertIn("would wait for ever (Slurm: PartitionTimeLimit)", self.log(study))
        self.assertEqual(self.left(study), [])

    def test_names_with_all_that_names_have(self):
        root = os.path.join(self.world.folder, "Müller's \"studies\" 100%")
        study = self.study("Größe-5", workers=1, run_cap=1)
        study.root = root
        self.end(study.begin(), study)
        self.require_whole(study, 1)

    def test_a_queue_that_takes_no_more(self):
        """Two at a time, by a stand-in for sbatch that says what a QOS limit says."""
        folder = os.path.join(self.world.folder, "full-bin")
        os.makedirs(folder, exist_ok=True)
        real = subprocess.run(["which", "sbatch"], capture_output=True, text=True).stdout.strip()
        with open(folder + "/sbatch", "w") as file:
            file.write(f'''#!/bin/sh
case "$*" in *--test-only*) exec {real} "$@";; esac
exec 9>{folder}/lock; flock 9
if [ $(squeue -h -o %j | grep -c '^al-') -ge 2 ]; then
    echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2
    echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)" >&2
    exit 1
fi
{real} "$@"
''')
        os.chmod(folder + "/sbatch", 0o755)
        study = self.study("full", workers=4, run_cap=5)
        run = study.start("run", study.file, PATH=folder + ":" + os.environ["PATH"])
        self.wait(lambda: os.path.exists(study.root + "/full/study.sqlite")
                  and any("QOSMaxSubmitJobPerUserLimit" in (job["reason"] or "") for job in study.status().get("jobs", [])),
                  what="the limit's name in the status")
        self.end(run, study)
        self.require_whole(study, 5)
