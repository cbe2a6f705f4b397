import BuiltInTrainer
import Controller
import Foundation
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import Trainers
import TrialRunners

/// One more trainer in the list is all that it takes: a study is read, searched and run to its end with it.
@Suite(.timeLimit(.minutes(5))) struct ThirdTrainerTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private static let space = """
        name: toys
        method: random
        run_cap: 3
        metric: {name: loss, goal: minimize}
        trainer: {type: toy, script: toy.sh, steps: 4}
        parameters: {lora_r: {values: [2, 4, 8, 16]}, rate: {min: 0.1, max: 0.9}}

        """

    private func file(trainers: TrainerList) throws -> SpaceFile {
        try SpaceFile(path: temporary.write(Self.space, to: "space.yaml"), trainers: trainers.types)
    }

    @Test func `without it the type is refused with those there are`() throws {
        let error = #expect(throws: SpaceFileError.self) { try file(trainers: .standard) }
        #expect(error?.problem.hasPrefix("unknown type 'toy'; allowed: lora, command") == true, "\(error?.problem ?? "")")
    }

    @Test func `with it a study runs to its end by its own command, configuration and metric source`() async throws {
        let script = """
            r=$(sed -n 's/.*"lora_r" : \\([0-9]*\\).*/\\1/p' "$AUTOLORA_TRIAL_DIR/$1")
            echo "loss 0.$r of $TOY_THREADS"

            """
        _ = try temporary.write(script, to: "toy.sh")
        let trainers = TrainerList(TrainerList.standard.all + [ToyTrainer()])
        let file = try file(trainers: trainers)
        let (study, trainer) = (file.specification, trainers[file.specification.trainer])
        _ = try trainer.preflight(study, file, environment: [:])
        let folder = try StudyFolder(root: temporary.path + "/studies", name: study.name)
        try folder.make()
        let store = try StudyStore.create(
            StudyRecord(
                name: study.name, metric: "loss", goal: .minimize, spaceFile: file.text, spaceFileName: file.file,
                folder: study.folder, seed: 0, runCap: study.trialCount, workers: 1, createdAt: 0,
                constraints: study.reportedConstraints), in: folder)
        let controller = Controller(
            specification: study, store: store, suggester: try Suggester(specification: study),
            runner: LocalRunner(executable: TemporaryFolder.autolora, workers: 1),
            preparation: TrialPreparation(
                specification: study, study: study.name, folder: folder, trainer: trainer,
                machine: .init(autolora: TemporaryFolder.autolora, threads: 2, environment: ["PATH": "/usr/bin:/bin"])),
            now: { 0 })
        _ = try await controller.run()
        let history = try store.history()
        #expect(history.trials.count == 3)
        for trial in history.trials {
            let rank = try #require(trial.assignment["lora_r"]?.integer)
            #expect(trial.state == .complete)
            #expect(trial.reports.map(\.value) == [Double("0.\(rank)")])
        }
        var check = TrialFilesCheck(folder, goal: .minimize, trainer: trainer)
        try await check.look(at: history.trials)
        #expect(check.damages.isEmpty, "\(check.damages)")
    }
}
