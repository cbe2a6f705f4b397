import SearchSpaces
import TestSupport
import Testing
import TrainerSettings

@testable import BuiltInTrainer

/// Which report of a trial is its last, so that it need not wait at a rung.
@Suite struct LastReportTests {
    private func study(_ settings: [String: SettingValue]) -> StudySpecification {
        StudySpecification(
            name: "s", metric: Metric(name: "eval_loss", goal: .minimize), trainer: .lora(settings), space: SearchSpace([]),
            folder: "/")
    }

    @Test func `a trial that stopped itself makes no further report, however many steps were left`() {
        let study = study(["max_steps": .int(100), "eval_steps": .int(10)])
        #expect(!study.isLast(step: 30, figures: [:], of: [:]))
        #expect(study.isLast(step: 30, figures: ["stopped_early": 1], of: [:]))
        #expect(study.isLast(step: 100, figures: [:], of: [:]))
        #expect(!study.isLast(step: 30, figures: ["stopped_early": 0], of: [:]))
    }

    @Test func `where epochs count too, and not of a program that is none of ours`() {
        #expect(study(["num_train_epochs": .int(3)]).isLast(step: 1, figures: ["epoch": 1, "stopped_early": 1], of: [:]))
        var other = study([:])
        other.trainer = TrainerSpecification(type: "command", settings: [:])
        #expect(!other.isLast(step: 1, figures: ["stopped_early": 1], of: [:]))
    }
}
