"""Pilots: jobs that run one launch after the other. The same studies, faster where trials are short, and as whole after every fault."""

import json
import os
import signal
import sys
import time

import faults
import soak
from cluster import TRIAL, ClusterTest, Study
from faults import script

RUNNER = faults.RUNNER + ", pilot: true"
SECOND = "\n".join([
    "metric: {name: score, goal: maximize}", f'trainer: {{type: command, command: [{sys.executable}, {TRIAL}, "${{args}}"]}}',
    "parameters: {x: {min: 0.0, max: 1.0}}"])


class Pilots(faults.FaultTest):
    def study(self, name, runner=RUNNER, **settings):
        return super().study("pilot-" + name, runner, **settings)

    def left(self, study):
        """A pilot is told to end when its run does, and the cluster takes a moment to see it off."""
        end = time.monotonic() + 20
        while (found := super().left(study)) and time.monotonic() < end:
            time.sleep(0.5)
        return found

    def require_scored(self, study, trials):
        """As a study of trial.py's trials has to be."""
        self.left(study)
        ClusterTest.require_whole(self, study, trials)

    def submitted(self, study):
        return len(os.listdir(f"{study.root}/{study.name}/workers"))

    def test_forty_trials_of_a_second_take_less_time_than_as_jobs_and_come_to_the_same(self):
        seconds, histories = {}, {}
        for name, runner in [("pilots", RUNNER), ("jobs", faults.RUNNER + ", pilot: false"), ("local", "")]:
            study = Study(self.world, "forty-" + name, runner, pace=0.11, space=SECOND, run_cap=40, workers=8)
            begun = time.monotonic()
            study.run()
            seconds[name], histories[name] = time.monotonic() - begun, study.history()
            if runner:
                self.require_scored(study, 40)
            if name == "pilots":
                self.assertLessEqual(self.submitted(study), 8)
        print("\n" + ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()), end=" ")
        self.assertEqual(histories["pilots"], histories["local"])
        self.assertEqual(histories["jobs"], histories["local"])
        self.assertLess(seconds["pilots"], 0.7 * seconds["jobs"])

    def test_rungs_one_after_the_other_are_those_of_this_machine(self):
        study = Study(self.world, "pilot-asha", RUNNER, run_cap=20, workers=1)
        study.run(timeout=600)
        local = Study(self.world, "pilot-asha-local", run_cap=20, workers=1)
        local.run()
        self.assertEqual(study.history(), local.history())
        self.require_scored(study, 20)
        self.assertEqual(self.submitted(study), 1)

    def test_check_says_what_it_will_be(self):
        for pilot, words in [("true", "pilots that run one launch of a trial after the other\n"), ("false", "each launch of a trial one\n"),
                             ("auto", "take over where launches turn out short")]:
            checked = self.study("check", faults.RUNNER + ", pilot: " + pilot).command("check", os.path.join(self.world.folder, "pilot-check.yaml"))
            self.assertIn(words, checked.stdout)
            self.assertIn("takes such a job", checked.stdout)

    def test_auto_changes_over_once_trials_are_short_beside_their_wait(self):
        study = self.study("auto", faults.RUNNER, space=script("report(1)"), workers=2, run_cap=12)
        self.end(study.begin(), study)
        self.require_whole(study, 12, 1)
        self.assertIn("from now on pilots run them", self.log(study))
        self.assertGreater(self.submitted(study), 0)

    def test_the_controller_is_killed_while_pilots_run_and_wait(self):
        study = self.study("controller", run_cap=3, workers=3)
        with faults.Full(self.world):
            run = study.begin()
            self.job(study, "pending")
            run.kill()
            run.wait()
        run = study.start("resume", study.name)
        self.reports(study, 3)
        run.kill()
        run.wait()
        time.sleep(3)
        study.resume()
        self.require_whole(study, 3)
        self.assertEqual((self.launches(study), self.retries(study)), ([1, 1, 1], [0, 0, 0]))

    def test_a_detached_run_leaves_launches_that_wait_to_their_pilots(self):
        study = self.study("detached")
        with faults.Full(self.world):
            run = study.start("run", study.file, "--detach")
            self.job(study, "pending")
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=10), 130)
        ends = [f"{study.root}/{study.name}/trials/{trial}/launches/1/end.json" for trial in (0, 1)]
        self.wait(lambda: all(map(os.path.exists, ends)), 60, "both launches' ends without a run")
        study.resume()
        self.require_whole(study)
        self.assertEqual(self.launches(study), [1, 1])

    def test_ctrl_c_ends_launches_and_pilots(self):
        study = self.study("stopped", run_cap=4)
        run = study.begin()
        self.reports(study, 2)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=60), 130)
        self.assertEqual(self.left(study), [])
        study.resume()
        self.require_whole(study, 4)

    def pilots(self, study):
        """State and name of each of the study's pilots that the queue still knows."""
        with open(f"{study.root}/{study.name}/workers/1/pilot.json") as file:
            tag = json.load(file)["name"].rsplit("-w", 1)[0]
        lines = self.world.slurm("squeue", "-h", "-t", "all", "-o", "%T %j").split("\n")
        return sorted(line.replace(tag + "-", "") for line in lines if tag + "-w" in line)

    def test_pilots_of_a_study_that_ended_well_end_by_themselves(self):
        study = self.study("well")
        self.end(study.begin(), study)
        self.assertEqual(self.left(study), [])
        self.assertEqual(self.pilots(study), ["COMPLETED w1", "COMPLETED w2"])

    def test_ctrl_c_while_slurmctld_is_down_leaves_no_pilot_that_waits(self):
        study = self.study("silent")
        with faults.Full(self.world):
            run = study.begin()
            self.job(study, "pending")
            self.world.testbed("controller", "down", self.world.cluster)
            try:
                run.send_signal(signal.SIGINT)
                self.assertEqual(run.wait(timeout=200), 130, self.log(study))
            finally:
                self.world.testbed("controller", "up", self.world.cluster)
        self.wait(lambda: self.left(study) == [], 60, "pilots that end as they begin")

    def test_fewer_workers_take_pilots_that_wait_out_of_the_queue(self):
        study = self.study("fewer", workers=3, run_cap=3)
        with faults.Full(self.world):
            run = study.begin()
            self.job(study, "pending")
            self.wait(lambda: self.pilots(study) == ["PENDING w1", "PENDING w2", "PENDING w3"], 60, "three pilots in the queue")
            study.command("workers", study.name, "1", "--studies", study.root)
            self.wait(lambda: [p for p in self.pilots(study) if p.startswith("PENDING")] == ["PENDING w1"], 60, "one pilot alone")
        self.end(run, study)
        self.require_whole(study, 3)

    def test_all_are_cancelled_at_once(self):
        """Two run, and two launches wait for a pilot: one event, and no trial's fault."""
        space = script("for step in range(done + 1, 21):\n    time.sleep(1)\n    report(step)")
        study = self.study("all", RUNNER.replace("cpus: 1", "cpus: 4"), space=space, workers=4, run_cap=4)
        run = study.begin()
        self.reports(study, 2)
        self.wait(lambda: [p.split()[0] for p in self.pilots(study)] == ["PENDING"] * 2 + ["RUNNING"] * 2, what="two that run and two that wait")
        self.cancel_all(run, study, 4)

    def test_being_preempted_in_setup_counts_for_nothing(self):
        for name, pilot in [("pilots", "true"), ("jobs", "false")]:
            study = self.study("setup-" + name, faults.RUNNER + f", partition: low, setup: [sleep 8], pilot: {pilot}", workers=1, run_cap=1)
            run = study.begin()
            seen = set()
            for _ in range(4):
                def begun():
                    lines = self.world.slurm("squeue", "-h", "-t", "R", "-p", "low", "-o", "%A %N").split("\n")
                    return [line.split() for line in lines if line and line.split()[0] not in seen]
                job, node = self.wait(begun, 60, "another job in its setup")[0]
                seen.add(job)
                self.world.slurm("sbatch", "--parsable", "-p", "main", "-w", node, "--cpus-per-task=4", "-o", "/dev/null", "-t", "1", "--wrap", "sleep 1")
                self.wait(lambda: job not in self.world.slurm("squeue", "-h", "-t", "R", "-o", "%A").split(), 30, "its preemption")
            self.end(run, study)
            self.require_whole(study, 1)
            self.assertEqual((self.launches(study), self.retries(study)), ([1], [0]))

    def test_a_setup_that_outlasts_its_time_stops_the_run(self):
        study = self.study("endless", "time: 1m, warn: 5s, cpus: 1, mem: 200M, pilot: true, setup: [sleep 300]", workers=1, run_cap=1)
        run = study.begin()
        self.assertEqual(run.wait(timeout=580), 1, self.log(study))
        self.assertIn("3 pilots in a row", self.log(study))

    def test_a_pilot_is_killed(self):
        study = self.study("killed", workers=1, run_cap=1)
        run = study.begin()
        self.reports(study, 2)
        found = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if self.words(pid)[1:2] == [b"work"]
                 and study.name.encode() in self.words(pid)[2]]
        self.assertEqual(len(found), 1)
        os.kill(int(found[0]), signal.SIGKILL)
        self.end(run, study)
        self.require_whole(study, 1)
        self.assertEqual(self.launches(study), [2])

    def words(self, pid):
        try:
            return open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        except OSError:
            return []

    def test_a_pilot_is_preempted(self):
        self.preempt(RUNNER)

    def test_a_pilot_is_cancelled_by_hand(self):
        study = self.study("cancelled", run_cap=4)
        run = study.begin()
        self.reports(study, 2)
        self.world.slurm("scancel", self.job(study)["job"])
        self.end(run, study)
        self.assertEqual(sorted(trial["state"] for trial in study.trials()), ["complete"] * 3 + ["failed"])
        self.assertIn("cancelled by hand", [t["error"] for t in study.trials() if t["state"] == "failed"][0])
        self.assertEqual(self.left(study), [])

    def test_a_limit_in_the_middle_of_a_launch(self):
        space = script("for step in range(done + 1, 11):\n    time.sleep(10)\n    report(step)")
        study = self.study("limit", "time: 1m, warn: 15s, cpus: 1, mem: 200M, pilot: true", space=space + "\ngrace: 2", workers=1, run_cap=1)
        self.end(study.begin(), study, 400)
        self.require_whole(study, 1, 10)
        self.assertGreaterEqual(self.launches(study)[0], 2)
        self.assertEqual(self.retries(study), [0])
        self.assertIn("came to the end of its job's time", self.log(study))

    def test_what_keeps_a_pilot_from_beginning_stops_the_run_with_its_words(self):
        study = self.study("setup", RUNNER + ', setup: ["echo no such module: cuda >&2; false"]', workers=2, run_cap=2)
        run = study.begin()
        self.assertEqual(run.wait(timeout=100), 1, self.log(study))
        self.assertIn("before the trial began (`setup` in the runner): no such module: cuda", self.log(study))
        self.assertEqual([trial["state"] for trial in study.trials()], ["waiting"] * 2)


class PilotSoak(soak.Soak):
    faults = int(os.environ.get("FAULTS") or 30)

    def study(self, name, runner, **settings):
        return super().study("pilot-" + name, runner + ", pilot: true", **settings)

    def require_whole(self, study, trials):
        self.wait(lambda: "al-" not in self.world.slurm("squeue", "-h", "-t", "CG", "-o", "%j"), 20, "no pilot that is seen off")
        super().require_whole(study, trials)
