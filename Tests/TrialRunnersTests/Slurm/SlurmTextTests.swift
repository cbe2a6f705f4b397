import Testing

@testable import TrialRunners

/// What Slurm 22.05 printed on a testbed.
@Suite struct SlurmTextTests {
    @Test func `a list tells each job's state, reason, node and name`() {
        let jobs = SlurmText.jobs(
            """
            5|PENDING|PartitionDown||odd|name
            9|CANCELLED|None|n1|al-0a1b2c3d-t0-l1
            7|FAILED|NonZeroExitCode|n1|fail
            4|RUNNING|None|n1|al-aa-t0-l1
            6|PENDING|PartitionTimeLimit||long
            12|COMPLETING|None|n2|c
            13|NODE_FAIL|NodeDown|n2|d
            14|SOMETHING_NEW|None||e
            15|CONFIGURING|None|n3|f
            """)
        #expect(jobs.map(\.job) == ["5", "9", "7", "4", "6", "12", "13", "14", "15"])
        #expect(
            jobs.map(\.state) == [
                .pending, .cancelled, .failed, .running, .pending, .changing, .nodeFailed, .changing, .pending,
            ])
        #expect(jobs[0].name == "odd|name")
        #expect(jobs[0].node == nil)
        #expect(jobs[3] == ListedJob(job: "4", name: "al-aa-t0-l1", state: .running, node: "n1"))
        #expect(jobs[4].reason == "PartitionTimeLimit")
    }

    @Test func `lines that are no jobs are passed over`() {
        #expect(SlurmText.jobs("slurm_load_jobs error: Invalid user\n\nJOBID|STATE\n").isEmpty)
    }

    @Test(arguments: [
        ("123\n", "123"), ("123;cluster\n", "123"), ("sbatch: lua: welcome to the cluster 7\n42;c1\n", "42"),
        ("Welcome\n99\n", "99"),
    ]) func `a job's number is the last line of sbatch's`(output: String, number: String) {
        #expect(SlurmText.number(output) == number)
    }

    @Test func `without a number there is none`() { #expect(SlurmText.number("Submitted\n") == nil) }

    @Test(arguments: [
        ("idle", true), ("mix", true), ("idle~", true), ("alloc#", true), ("resv", true), ("plnd", true), ("idle*", false),
        ("down", false), ("drain", false), ("drng", false),
    ]) func `a node that sleeps is woken, and one that does not answer takes no job`(state: String, isInService: Bool) {
        #expect(ClusterCheck.isInService(state[...]) == isInService)
    }

    @Test(arguments: [
        "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n",
        "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n",
        "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n",
    ]) func `what nobody knows is unclear`(errors: String) {
        guard case .unclear = SlurmText.refusal(errors) else {
            Issue.record("\(SlurmText.refusal(errors))")
            return
        }
    }

    @Test(arguments: [
        "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy "
            + "(job submit limit, user's size and/or time limits)\n",
        "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy\n",
        "sbatch: error: Batch job submission failed: Resource temporarily unavailable\n",
        "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)\n",
    ]) func `a full queue is waited out`(errors: String) {
        guard case .full = SlurmText.refusal(errors) else {
            Issue.record("\(SlurmText.refusal(errors))")
            return
        }
    }

    @Test(arguments: [
        (
            "sbatch: error: invalid partition specified: nosuch\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
            "invalid partition specified: nosuch; Invalid partition name specified"
        ),
        (
            "sbatch: error: QOSMaxCpuPerJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy "
                + "(job submit limit, user's size and/or time limits)\n",
            "QOSMaxCpuPerJobLimit; Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
        ),
        (
            "sbatch: error: Batch job submission failed: Requested node configuration is not available\n",
            "Requested node configuration is not available"
        ),
    ]) func `what will never be granted is refused in Slurm's words`(errors: String, words: String) {
        #expect(SlurmText.refusal(errors) == .refused(words))
    }

    @Test func `a silent squeue's words lose the program's name`() {
        #expect(
            SlurmText.plain("slurm_load_jobs error: Socket timed out on send/recv operation\n")
                == "Socket timed out on send/recv operation")
    }

    @Test func `one job's details are its exit code, its signal, its reason and its node`() {
        let output =
            "JobId=10 JobName=noout UserId=root(0) JobState=FAILED Reason=JobLaunchFailure Requeue=1 Restarts=0 ExitCode=0:53 "
            + "NodeList=n1 BatchHost=n1 WorkDir=/tmp StdOut=/nonexistent/x \n"
        #expect(
            SlurmText.details(output) == JobDetails(exitCode: 0, signal: 53, reason: "JobLaunchFailure", node: "n1"))
        #expect(SlurmText.details("slurm_load_jobs error: Invalid job id specified") == nil)
    }

    @Test func `the time between TERM and KILL is in the configuration`() {
        #expect(SlurmText.killWait("KeepAliveTime = SYSTEM_DEFAULT\nKillWait                = 5 sec\n") == 5)
        #expect(SlurmText.killWait("") == nil)
    }
}
