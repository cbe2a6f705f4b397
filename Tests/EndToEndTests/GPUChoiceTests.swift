import Foundation
import TestSupport
import Testing

/// What a study says of its devices before it runs.
@Suite(.timeLimit(.minutes(5))) struct GPUChoiceTests {
    @Test func `workers follow from the devices, and a larger number is limited with a word`() async throws {
        let lab = try GPULaboratory(2)
        for (more, warns) in [("", false), ("workers: 1", false), ("workers: 6", true)] {
            let result = try await lab.run("check", try lab.space(more: more))
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output.contains(", \(more == "workers: 1" ? 1 : 2) at a time"), "\(result.output)")
            let text =
                "warning: 6 trials at a time were asked for, and the GPUs serve 2; gpus_per_trial says how many trials share one"
            #expect(result.errors.contains(text) == warns, "\(result.errors)")
        }
    }

    @Test func `devices are listed, with who uses them, and those in use are left out`() async throws {
        let lab = try GPULaboratory(3, used: "3")
        var rows = Array(repeating: StandInGPUs.Row(used: "3"), count: 3)
        rows[1].used = "40000"
        try lab.gpus.write(rows)
        try lab.gpus.put("\(lab.gpus.identifiers[1]), 4242, /usr/bin/python, 39000\n", "processes")
        let check = try await lab.run("check", try lab.space(), adding: ["CUDA_VISIBLE_DEVICES": "0,1"])
        let busy = "GPU 1             NVIDIA Stand-In, 86 GB: busy, 42 GB in use by python, process 4242\n"
        for line in [
            "GPU 0             NVIDIA Stand-In, 86 GB: free\n", busy,
            "GPU 2             NVIDIA Stand-In, 86 GB: kept from this process by its environment\n",
        ] { #expect(check.output.contains(line), "\(check.output)") }
        let run = try await lab.run("run", try lab.space(cap: 2), adding: ["CUDA_VISIBLE_DEVICES": "0,1"])
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("warning: GPU 1 is busy (42 GB in use by python, process 4242): left out"), "\(run.errors)")
        #expect(run.errors.contains("GPUs: 0 (NVIDIA Stand-In); 1 for each trial"))
        #expect(lab.starts().allSatisfy { $0.gpus == [lab.gpus.identifiers[0]] })

        let doctor = try await lab.run("doctor")
        #expect(doctor.output.contains("GPU 1     NVIDIA Stand-In, 86 GB: busy"), "\(doctor.output)")
        let json = try #require(try await lab.run("doctor", "--json").json() as? [String: Any])
        let device = try #require((json["gpus"] as? [[String: Any]])?[1])
        #expect(device["state"] as? String == "busy" && device["uuid"] as? String == lab.gpus.identifiers[1])
        #expect(device["used_bytes"] as? Int == 40000 << 20)
        #expect((device["processes"] as? [[String: Any]])?.first?["process"] as? Int == 4242)
    }

    @Test func `what is not there is refused where the file asks for it`() async throws {
        let lab = try GPULaboratory(1)
        for (runner, text) in [
            (
                "{gpus: [0, 5]}",
                "lab.yaml:5:16: runner.gpus: found the device 5, and it is not there; there is 0 (NVIDIA Stand-In)"
            ),
            (
                "{gpus_per_trial: 2}",
                "lab.yaml:5:26: runner.gpus_per_trial: found 2 for each trial; there is 0 (NVIDIA Stand-In)"
            ),
        ] {
            for command in ["check", "run"] {
                let result = try await lab.run(command, try lab.space(runner))
                #expect(result.code == 2 && result.errors.contains(text), "\(result.errors)")
            }
        }
        #expect(lab.notes.isEmpty)
    }

    @Test func `trials that are to see no device see none`() async throws {
        let lab = try GPULaboratory(2)
        let result = try await lab.run("run", try lab.space("{gpus: none}", cap: 1), adding: ["CUDA_VISIBLE_DEVICES": "1"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(lab.starts().map(\.gpus) == [[]])
    }

    @Test func `a machine without devices is as it was`() async throws {
        let lab = try GPULaboratory(0)
        let result = try await lab.run("run", try lab.space(cap: 2), adding: ["CUDA_VISIBLE_DEVICES": "7"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(!result.errors.contains("GPU"), "\(result.errors)")
        #expect(lab.starts().map(\.gpus) == [["7"], ["7"]], "the environment is the user's own")
    }

    @Test func `AMD's devices are leased by AMD's variable`() async throws {
        let lab = try GPULaboratory(0)
        let list = #"[{"gpu": 0, "uuid": "\#(UUID().uuidString)"}, {"gpu": 1, "uuid": "\#(UUID().uuidString)"}]"#
        try lab.gpus.install("#!/bin/sh\n[ \"$1\" = list ] && echo '\(list)'", as: "amd-smi")
        _ = try lab.temporary.write(
            "echo \"$ROCR_VISIBLE_DEVICES|${HIP_VISIBLE_DEVICES-unset}|${CUDA_VISIBLE_DEVICES-unset}\" >> rocr; echo '{\"score\": 1}'; sleep 0.3\n",
            to: "train.sh")
        let result = try await lab.run("run", try lab.space(cap: 4), adding: ["HIP_VISIBLE_DEVICES": "0,1"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("GPUs: 0, 1 (AMD GPU); 1 for each trial"), "\(result.errors)")
        let lines = Set((lab.temporary.read("rocr") ?? "").split(separator: "\n").map(String.init))
        #expect(lines == ["0|unset|unset", "1|unset|unset"])
    }
}
