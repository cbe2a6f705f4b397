import SearchSpaces
import Testing

@testable import SpaceFiles

struct SlurmTests {
    private func file(_ keys: String) -> String {
        sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\nrunner: {type: slurm\(keys)}")
    }

    @Test(arguments: [
        ("", SlurmRequest()),
        (
            ", partition: gpu, time: 2h, cpus: 8, mem: 32G, gpus: 1, account: lab, options: [], setup: [], pilot: auto",
            SlurmRequest(partition: "gpu", account: "lab", minutes: 120, cpus: 8, memory: 32768, gpus: "1")
        ),
        (
            ", partition: \"a,b\", qos: long, constraint: \"a100&ib\"",
            SlurmRequest(partition: "a,b", qos: "long", constraint: "a100&ib")
        ),
        (", time: 90s, gpus: a100:2", SlurmRequest(minutes: 2, gpus: "a100:2", warning: 30)),
        (", time: 1d12h, mem: 512M, warn: 10m", SlurmRequest(minutes: 2160, memory: 512, warning: 600)),
        (", mem: 1.5GB, gpus: 0, pilot: false", SlurmRequest(memory: 1536, pilots: .never)),
        (", pilot: true", SlurmRequest(pilots: .always)),
        (
            ", options: [\"--constraint=a100\", --exclusive], setup: [module load cuda, \"source env/bin/activate\"]",
            SlurmRequest(
                options: ["--constraint=a100", "--exclusive"], setup: ["module load cuda", "source env/bin/activate"])
        ),
    ])
    func `what is asked of a cluster is read as the file says`(keys: String, expected: SlurmRequest) throws {
        #expect(try parse(file(keys)).specification.cluster == expected)
    }

    @Test func `a trainer's processes are as many as its GPUs`() throws {
        #expect(try parse(file(", gpus: a100:2")).specification.devices == DeviceRequest(perTrial: 2))
        #expect(try parse(sweep("p: {value: 1}")).specification.cluster == nil)
    }

    /// The runner stands in line 2, its first key after the type in column 24.
    @Test(arguments: [
        (
            ", partitoin: gpu",
            "2:23: unknown key 'partitoin'; allowed: type, partition, time, cpus, mem, gpus, account, qos, constraint, options, setup, "
                + "warn, pilot; did you mean 'partition'?"
        ),
        (", time: 120", "2:29: found 120, which could be seconds or Slurm's minutes; write a unit: 90m, 2h or 1d12h"),
        (", time: soon", "2:29: found the text 'soon', expected a time above 0 such as 90s, 30m or 1h30m"),
        (", mem: 32", "2:28: found 32, expected a size with a unit such as 512M, 32G or 1T"),
        (", cpus: 0", "2:29: found 0, expected a whole number of at least 1"),
        (", gpus: [0]", "2:29: found a list, expected a number of GPUs for each trial, or a kind with it such as a100:2"),
        (", gpus_per_trial: 2", "2:23: unknown key 'gpus_per_trial'"),
        (", pilot: maybe", "2:30: found the text 'maybe', expected auto, true or false"),
        (", partition: \"a b\"", "2:34: found the text 'a b', expected the name of a partition of the cluster's"),
        (", partition: \",\"", "2:34: found the text ',', expected the name of a partition of the cluster's"),
        (", partition: \"a,,b\"", "2:34: found the text 'a,,b', expected the name of a partition of the cluster's"),
        (", options: [\"--mem=3G\"]", "2:33: found '--mem=3G', which the runner has a key for: write mem: beside options"),
        (", options: [--requ]", "2:33: found '--requ', which the runner says itself; leave it out"),
        (", options: [\"--output=x\"]", "2:33: found '--output=x', which the runner says itself; leave it out"),
        (", options: [-x, n1]", "2:33: found '-x', expected an option of sbatch in one word, such as --mail-type=FAIL"),
        (
            ", options: [script.sh]",
            "2:33: found 'script.sh', expected an option of sbatch in one word, such as --mail-type=FAIL"
        ),
        (", setup: [\"a\\nb\"]", "2:31: found the text 'a\nb', expected a text of one line"),
        (
            ", qos: long, options: [\"--qos=short\"]",
            "2:23: 'qos' is given here and in 'options'; leave one of the two out"
        ),
        (
            ", time: 5m, warn: 5m",
            "2:33: a trial would be told to end 300 s before the end of a job of 5 min; lower warn, or raise time"
        ),
    ])
    func `what no cluster is asked for is refused where it stands`(keys: String, expected: String) throws {
        let refused = try #require(refusal(file(keys)))
        #expect(refused.hasPrefix("space.yaml:\(expected)"), "\(refused)")
    }

    @Test(arguments: [
        (
            ["slurm", "partition=gpu", "time=2h", "cpus=8", "mem=32G", "gpus=a100:1", "setup=module load cuda", "setup=true"],
            SlurmRequest(
                partition: "gpu", minutes: 120, cpus: 8, memory: 32768, gpus: "a100:1", setup: ["module load cuda", "true"])
        ),
        (["slurm", "options=--exclusive"], SlurmRequest(options: ["--exclusive"])),
        (["local"], nil), ([], SlurmRequest(partition: "main")),
    ])
    func `a command line says the same, and goes before the file`(words: [String], expected: SlurmRequest?) throws {
        var file = try parse(file(", partition: main"))
        try file.run(on: words)
        #expect(file.specification.cluster == expected)
    }

    @Test(arguments: [
        (["slrum"], "--runner: 'slrum': unknown runner 'slrum'; allowed: local, slurm; did you mean 'slurm'?"),
        (
            ["slurm", "time=120"],
            "--runner: 'time=120': found 120, which could be seconds or Slurm's minutes; write a unit: 90m, 2h or 1d12h"
        ),
        (
            ["slurm", "space.yaml"],
            "--runner: 'space.yaml': expected key=value, such as partition=gpu; what is no part of the runner stands before --runner"
        ),
        (["slurm", "cpus=1", "cpus=2"], "--runner: 'cpus=2': 'cpus' is given more than once; keep one"),
        (["slurm", "cpu=1"], "--runner: 'cpu=1': unknown key 'cpu'"),
    ])
    func `a word of a command line that is refused is named`(words: [String], expected: String) throws {
        var file = try parse(sweep("p: {value: 1}"))
        do {
            try file.run(on: words)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".hasPrefix(expected), "\(error)")
        }
    }
}
