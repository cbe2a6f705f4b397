import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

@Suite struct TrialFilesTests {
    private let temporary: TemporaryFolder
    private let folder: StudyFolder
    private let trial = Trial(
        id: Trial.ID(0), assignment: ["r": .int(2)], state: .complete,
        reports: [Report(iter: 1, value: 0.5, metrics: ["threads": 3])])

    init() throws {
        temporary = try TemporaryFolder()
        folder = try StudyFolder(root: temporary.path, name: "s")
        _ = try temporary.write("{}", to: "s/trials/0/config.json")
    }

    private func damages(_ trainer: (any Trainer)?) async throws -> [StudyDamage] {
        var check = TrialFilesCheck(folder, goal: .minimize, trainer: trainer)
        try await check.look(at: [trial])
        return check.damages
    }

    @Test func `the built-in trainer's trial that has reported has an adapter, which can be trained again`() async throws {
        let damages = try await damages(LoRATrainer())
        #expect(damages.map(\.place) == [folder.adapter(of: trial.id)])
        #expect(damages.first?.problem == "is missing, though trial 0 has reported 0.5")
        #expect(
            damages.first?.advice
                == "train it again: AUTOLORA_STOP_AFTER=1 AUTOLORA_CACHE=\(folder.cache) OPENBLAS_NUM_THREADS=3 "
                + "autolora train \(folder.configuration(of: trial.id)) --output \(folder.trial(trial.id))")
    }

    @Test func `another program's need not have one, and what looks like PEFT's is read`() async throws {
        #expect(try await damages(CommandTrainer()).isEmpty)
        #expect(try await damages(nil).isEmpty)
        _ = try temporary.write("weights", to: "s/trials/0/adapter/own.bin")
        #expect(try await damages(CommandTrainer()).isEmpty)
        _ = try temporary.write("no JSON", to: "s/trials/0/adapter/adapter_config.json")
        let damages = try await damages(CommandTrainer())
        #expect(damages.count == 1)
        #expect(damages.first?.advice == "run its trial again")
    }

    @Test func `what is wrong with a copy is told of the adapter itself`() throws {
        _ = try temporary.write("no JSON", to: "copy/adapter_config.json")
        let damage = TrialFilesCheck(folder, goal: .minimize, trainer: LoRATrainer()).damage(
            of: trial, copiedTo: temporary.path + "/copy")
        #expect(damage?.place.hasPrefix(folder.adapter(of: trial.id)) == true, "\(String(describing: damage))")
    }
}
