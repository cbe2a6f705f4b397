import Imports
import SearchSpaces
import Studies
import Testing
import TrainerSettings

struct ForeignStudyTests {
    private let study = ForeignStudy(
        name: "s", goal: .minimize,
        trials: [
            ForeignTrial(
                number: 4, values: ["lr": .double(1e-05), "kind": .string("a: b"), "flag": .bool(true)],
                reports: [.init(value: 0.5)]),
            ForeignTrial(
                number: 7, isPruned: true, values: ["lr": .double(1e-05), "kind": .null],
                reports: [.init(step: 10, value: 0.9), .init(step: 20, value: .nan)]),
        ])

    @Test func `trials are numbered from 0 here and keep their numbers as a figure`() {
        let history = study.history(.minimize)
        #expect(history.trials.map(\.id.number) == [0, 1])
        #expect(history.trials.map(\.state) == [.complete, .pruned])
        #expect(history.trials[1].reports.map(\.iter) == [1, 2] && history.trials[1].reports.map(\.step) == [10, 20])
        #expect(history.trials.flatMap { $0.reports.map { $0.metrics["source_trial"] } } == [4, 7, 7])
    }

    @Test func `they keep their numbers where that is wanted and no two have the same`() {
        #expect(study.history(.minimize, keepingNumbers: true).trials.map(\.id.number) == [4, 7])
        var twins = study
        twins.trials[1].number = 4
        #expect(twins.history(.minimize, keepingNumbers: true).trials.map(\.id.number) == [0, 1])
    }

    @Test func `parameters can have other names`() {
        let renamed = study.renaming(["lr": "learning_rate", "none": "x"])
        #expect(renamed.parameters == ["learning_rate", "kind", "flag"])
        #expect(renamed.trials[0].values["learning_rate"] == .double(1e-05))
    }

    @Test func `a space file says what was tried`() {
        #expect(
            study.spaceFile(named: "mine", metric: "val loss", goal: "minimize") == """
                name: "mine"
                metric: {name: "val loss", goal: minimize}
                method: random
                trainer: {type: command, command: [imported, "${args}"]}
                parameters:
                  "flag": {values: [true]}
                  "kind": {values: ["a: b", null]}
                  "lr": {values: [1e-05]}

                """)
    }
}
