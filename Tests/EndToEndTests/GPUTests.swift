import Foundation
import Glibc
import TestSupport
import Testing

/// Trials that lease devices of a stand-in `nvidia-smi`.
@Suite(.timeLimit(.minutes(5))) struct GPUTests {
    @Test func `eight trials on four devices: never two on one, and all four at work`() async throws {
        let lab = try GPULaboratory()
        let result = try await lab.run("run", try lab.space())
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("GPUs: 0, 1, 2, 3 (NVIDIA Stand-In); 1 for each trial\n"), "\(result.errors)")
        #expect(lab.starts().count == 8)
        #expect(lab.starts().allSatisfy { $0.gpus.count == 1 && lab.gpus.identifiers.contains($0.gpus[0]) })
        #expect(Set(lab.starts().flatMap(\.gpus)).count == 4)
        #expect(lab.mostAtOnce == 1 && lab.overlaps.isEmpty)
        #expect(try await lab.states() == ["free", "free", "free", "free"])
    }

    @Test func `two trials share each device, and no third comes`() async throws {
        let lab = try GPULaboratory(2)
        let result = try await lab.run(
            "run", try lab.space("{gpus_per_trial: 0.5}"), adding: ["SHARES": "2", "LENGTH": "1.0"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("; 2 trials on each"))
        #expect(lab.starts().count == 8)
        #expect(lab.mostAtOnce == 2 && lab.overlaps.isEmpty)
    }

    @Test func `a trial of two devices has both in one variable`() async throws {
        let lab = try GPULaboratory(4)
        let result = try await lab.run("run", try lab.space("{gpus: [3, 1, 0, 2], gpus_per_trial: 2}", cap: 4))
        #expect(result.code == 0, "\(result.errors)")
        #expect(lab.starts().count == 4 && lab.starts().allSatisfy { Set($0.gpus).count == 2 })
        #expect(lab.mostAtOnce == 1 && lab.overlaps.isEmpty)
        let ids = lab.gpus.identifiers
        #expect(Set(lab.starts().map { $0.gpus }) == [[ids[3], ids[1]], [ids[0], ids[2]]])
        let record = try #require(lab.temporary.read("studies/lab/trials/0/launch.json"))
        let first = try #require(lab.starts().first { $0.trial == "lab/0" })
        for name in ["CUDA_VISIBLE_DEVICES", "AUTOLORA_GPUS"] {
            #expect(record.contains("\"\(name)\" : \"\(first.gpus.joined(separator: ","))\""), "\(record)")
        }
        #expect(record.contains("\"CUDA_DEVICE_ORDER\" : \"PCI_BUS_ID\""))
    }

    @Test func `controller and supervisors killed, the study goes on with no device taken twice and nothing left`() async throws
    {
        let lab = try GPULaboratory()
        _ = try lab.temporary.write("", to: "hold")
        let process = try lab.start("run", try lab.space(cap: 10), "--quiet", adding: ["HOLD": "hold"])
        try #require(await eventually { lab.starts().count == 4 })
        #expect(try await lab.states() == ["leased", "leased", "leased", "leased"])
        let supervisors = (0..<4).compactMap { trial in
            lab.temporary.read("studies/lab/trials/\(trial)/processes")?.split(separator: "\n").dropFirst(4).first
                .flatMap { $0.split(separator: " ").first }.flatMap { pid_t($0) }
        }
        #expect(supervisors.count == 4)
        process.signal(SIGKILL)
        for supervisor in supervisors { kill(supervisor, SIGKILL) }
        _ = try await lab.finish(process)
        #expect(try await lab.states() == ["leased", "leased", "leased", "leased"], "what they left still has the devices")
        try FileManager.default.removeItem(atPath: lab.temporary.path + "/hold")
        let result = try await lab.run("resume", "lab", adding: ["HOLD": "hold"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(lab.overlaps.isEmpty)
        #expect(Set(lab.starts().map(\.trial)).count == 10)
        #expect(try await lab.states() == ["free", "free", "free", "free"])
        #expect(CommandTrainerTests.processes(in: lab.temporary.path).isEmpty)
    }

    @Test func `two studies at once share the devices, and who finds none waits and says for whom`() async throws {
        let lab = try GPULaboratory()
        _ = try lab.temporary.write("", to: "hold")
        let one = try lab.start("run", try lab.space(name: "one"), adding: ["HOLD": "hold"])
        try #require(await eventually { lab.starts(of: "one").count == 4 })
        let two = try lab.start("run", try lab.space(name: "two"), adding: ["HOLD": "hold"])
        guard case .file(let errors) = two.errors else { return }
        let isSaid = try await eventually {
            let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            return text.contains("waiting for a GPU: GPU 0 is leased by trial ") && text.contains(" of study one (process ")
        }
        #expect(isSaid)
        #expect(lab.starts(of: "two").isEmpty)
        try FileManager.default.removeItem(atPath: lab.temporary.path + "/hold")
        for process in [one, two] {
            let result = try await lab.finish(process)
            #expect(result.code == 0, "\(result.errors)")
        }
        #expect(lab.starts(of: "one").count == 8 && lab.starts(of: "two").count == 8)
        #expect(lab.mostAtOnce == 1 && lab.overlaps.isEmpty)
    }
}
