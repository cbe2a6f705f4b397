import Confirmations
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import StudyViews

/// What is told of a confirmation, whatever has come of it.
@Suite struct ConfirmedStudyTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    /// Three trials; the best two are confirmed, beside the trainer's defaults.
    init() throws { recorded = try Self.searched() }

    private static func searched(_ otherMetrics: [Metric] = []) throws -> RecordedStudy {
        let recorded = try RecordedStudy("reviews", otherMetrics: otherMetrics)
        for (number, value) in [0.9, 0.89, 0.8].enumerated() {
            try recorded.add(
                number, .complete, ["r": .int(8 * (number + 1))],
                reports: [
                    Report(iter: 1, step: 10, value: value, metrics: ["eval_accuracy_se": 0.02, "size": Double(number)])
                ])
        }
        try recorded.store.confirm(
            ConfirmationPlan(
                finalists: [Trial.ID(0), Trial.ID(1)], baseline: .init(assignment: [:]), seeds: [8, 9], searched: 3, top: 2))
        return recorded
    }

    /// A trial that confirms the finalist, or the baseline; without a value it has failed.
    private func confirm(_ finalist: Int?, _ seed: Int, _ value: Double?, in recorded: RecordedStudy? = nil) throws {
        let store = (recorded ?? self.recorded).store
        let history = try store.history()
        var trial = Trial(id: history.nextID, assignment: finalist.map { ["r": .int(8 * ($0 + 1))] } ?? [:])
        trial.purpose = .confirm(of: finalist.map { Trial.ID($0) }, seed: seed)
        try store.add(trial, at: 130)
        (trial.state, trial.launches) = (.running, 1)
        try store.launched(trial, at: 130)
        if let value {
            let report = Report(iter: 1, step: 10, value: value, metrics: ["eval_accuracy_se": 0.01, "size": 1])
            try store.record(report, of: trial.id, at: 135)
        }
        trial.state = value == nil ? .failed : .complete
        try store.settle(trial, error: value == nil ? "exit code 1" : nil, logTail: nil, at: 140)
    }

    /// Trial 1 turns out to be the better one.
    private func confirmAll(baseline: Double = 0.5, in recorded: RecordedStudy? = nil) throws {
        for seed in [8, 9] {
            let noise = 0.001 * Double(seed - 8)
            try confirm(0, seed, 0.8 + noise, in: recorded)
            try confirm(1, seed, 0.9 - noise, in: recorded)
            try confirm(nil, seed, baseline + noise, in: recorded)
        }
    }

    private func object(_ value: SettingValue?) throws -> [String: SettingValue] {
        guard case .object(let object)? = value else { throw WrongShape() }
        return object
    }

    @Test func `one that is not finished tells how far it is and who leads`() throws {
        try confirm(0, 8, 0.85)
        try confirm(1, 8, 0.87)
        let confirmed = try #require(try ConfirmedStudy(store))
        let words = confirmed.standing("reviews --studies x")
        #expect(words.hasPrefix("not finished: 2 of up to 6 trials; so far trial 1 leads: mean eval_accuracy 0.87"), "\(words)")
        #expect(words.hasSuffix("over 1 seed; go on: autolora confirm reviews --studies x"), "\(words)")
        #expect(confirmed.line == nil && confirmed.choice == nil && !confirmed.choseNothing)
        #expect(confirmed.text().contains("leads so far") && confirmed.text().contains(words.prefix(60)))
        let best = try BestTrial(store)
        #expect(best.confirmed == nil && best.trial.id == Trial.ID(0))
        for json in [try object(best.json), try object(StudyStatus(store, now: 200).json)] {
            let confirmation = try object(json["confirmation"])
            #expect(confirmation["verdict"] == .string("unfinished") && confirmation["leading"] == .int(1))
            #expect(confirmation["trial"] == .null && confirmation["seeds"] == .int(1) && confirmation["mean"] == .double(0.87))
            #expect(confirmation["trials"] == .object(["ended": .int(2), "expected": .int(6)]))
        }
    }

    @Test func `one that chose nothing tells why, and what to do`() throws {
        try confirm(0, 8, nil)
        try confirm(1, 8, 0.9)
        for seed in [8, 9] { try confirm(nil, seed, 0.5) }
        try confirm(1, 9, nil)
        let confirmed = try #require(try ConfirmedStudy(store))
        #expect(confirmed.choseNothing && confirmed.line == nil)
        let words = confirmed.standing()
        #expect(words.hasPrefix("nothing is chosen"), "\(words)")
        #expect(words.contains("trial 0 (trial 3, seed 8: it failed), trial 1 (trial 7, seed 9: it failed)"), "\(words)")
        #expect(words.hasSuffix("tried again by autolora confirm reviews, others with --top 4"), "\(words)")
        let json = try object(object(BestTrial(store).json)["confirmation"])
        #expect(json["verdict"] == .string("nothing_chosen") && json["problem"] == .string(words))
        #expect(try StudyStatus(store, now: 200).confirmed?.choseNothing == true)
    }

    @Test func `one that the search has outgrown is told of, and is no choice`() throws {
        try confirmAll()
        #expect(try BestTrial(store).trial.confirmed == Trial.ID(1))
        let number = try store.history().nextID.number
        try recorded.add(number, .complete, ["r": .int(64)], reports: [Report(iter: 1, value: 0.95)])
        let best = try BestTrial(store)
        #expect(best.trial.id.number == number && best.confirmed == nil && best.noise != nil)
        let words = try #require(best.confirmation).standing("reviews")
        #expect(words.hasPrefix("trial 1: mean eval_accuracy 0.8995"), "\(words)")
        #expect(words.hasSuffix("the search has gone on since: confirm again: autolora confirm reviews"), "\(words)")
        #expect(try object(object(best.json)["confirmation"])["outdated"] == .bool(true))
    }

    @Test func `a baseline that is better is said to be`() throws {
        try confirmAll(baseline: 0.97)
        let text = try #require(try ConfirmedStudy(store)).text()
        #expect(
            text.contains(
                "the baseline (the trainer's own defaults) is better than it, mean 0.9705, with probability > 99 %: keep to that"
            ),
            "\(text)")
    }

    @Test func `once it is confirmed the keys of the search's noise stay`() throws {
        try confirmAll()
        let best = try BestTrial(store)
        let json = try object(best.json)
        #expect(json["chosen_from"] == .int(3) && json["within_noise"] == .array([.int(1)]))
        #expect(json["standard_error"] == .double(0.01), "of the confirmation's own value")
        #expect(try object(json["confirmation"])["verdict"] == .string("chosen"))
        #expect(json["trial"] == .integer(best.trial.id.number) && best.trial.confirmed == Trial.ID(1))
    }

    @Test func `of several metrics it is said which one decides`() throws {
        let two = try Self.searched([Metric(name: "size", goal: .minimize)])
        try confirmAll(in: two)
        let text = try #require(try ConfirmedStudy(two.store)).text()
        #expect(
            text.contains("of several metrics the first decides here, eval_accuracy: nothing is said of size"), "\(text)")
        try confirmAll()
        let one = try #require(try ConfirmedStudy(store)).text()
        #expect(!one.contains("several metrics"))
    }

    @Test func `a note tells of who varies far more, and nobody is out with all seeds`() throws {
        for seed in [8, 9] {
            try confirm(0, seed, seed == 8 ? 0.9 : 0.1)
            try confirm(1, seed, 0.9 + 0.000_001 * Double(seed))
            try confirm(nil, seed, 0.5 + 0.000_001 * Double(seed % 2))
        }
        let text = try #require(try ConfirmedStudy(store)).text()
        #expect(text.contains("varies far more with its seeds than the others"), "\(text)")
        #expect(!text.contains("no further seeds"))
    }

    @Test func `a parameter that is called like a column has a column of its own name`() throws {
        let own = try RecordedStudy("own")
        try own.add(
            0, .complete, ["seed": .int(5), "value": .double(0.25), "r": .int(8)], reports: [Report(iter: 1, value: 0.5)])
        var trial = Trial(id: Trial.ID(1), assignment: ["seed": .int(8), "value": .double(0.25), "r": .int(8)])
        trial.purpose = .confirm(of: Trial.ID(0), seed: 8)
        try own.store.add(trial, at: 130)
        let lines = try TrialTable(own.store).csv.split(separator: "\n")
        let columns = lines[0].split(separator: ",")
        #expect(Set(columns).count == columns.count)
        #expect(
            lines[0] == "number,state,value,reports,seconds,launches,purpose,confirms,r,seed,parameters.value,error,log")
        #expect(lines[2].contains(",confirm,0,8,8,0.25,"))
        // Without such a parameter the confirmation's seed has the column.
        try confirm(0, 8, 0.85)
        let other = try TrialTable(store).csv.split(separator: "\n")
        #expect(other[0].contains(",purpose,confirms,seed,") && other[4].contains(",confirm,0,8,"))
    }
}
