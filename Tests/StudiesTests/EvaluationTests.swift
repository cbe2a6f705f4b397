import SearchSpaces
import Testing

@testable import Studies

/// One evaluation is one report, however many lines tell of it.
struct EvaluationTests {
    private typealias Line = (step: Int?, value: Double, metrics: [String: Double])

    private func life(_ reports: [Report] = [], fromCheckpoint: Bool = false) -> TrialLife {
        var life = TrialLife(Trial(id: Trial.ID(0), assignment: [:], reports: reports))
        _ = life.handle(.launched(fromCheckpoint: fromCheckpoint, milestone: nil))
        return life
    }

    private func reports(_ lines: [Line], after earlier: [Report] = [], fromCheckpoint: Bool = false) -> [Report] {
        var life = life(earlier, fromCheckpoint: fromCheckpoint)
        for line in lines { _ = life.handle(.reported(step: line.step, value: line.value, metrics: line.metrics)) }
        return life.trial.reports
    }

    /// A callback's line of JSON, with the step, and the Trainer's own dictionary, without it and rounded.
    private func pair(_ number: Int, _ value: Double, rounded: Double, hasEpoch: Bool) -> (json: Line, own: Line) {
        let epoch = ["epoch": Double(number)]
        return (
            (number * 100, value, ["lr": 0.1]),
            (nil, rounded, (hasEpoch ? epoch : [:]).merging(["eval_runtime": Double(number) + 0.5]) { $1 })
        )
    }

    @Test(arguments: [true, false]) func `a line with the step and the Trainer's own tell of one evaluation, in every order`(
        hasEpoch: Bool
    ) {
        // Equal values in a row must not melt into one.
        let pairs = [(0.81251, 0.8125), (0.81251, 0.8125), (0.9, 0.9), (0.70049, 0.7005), (.nan, .nan)].enumerated().map {
            pair($0.offset + 1, $0.element.0, rounded: $0.element.1, hasEpoch: hasEpoch)
        }
        for mixture in 0..<32 {
            let lines = pairs.enumerated().flatMap { index, pair in
                mixture >> index & 1 == 0 ? [pair.json, pair.own] : [pair.own, pair.json]
            }
            let reports = reports(lines)
            #expect(reports.map(\.iter) == [1, 2, 3, 4, 5])
            #expect(reports.map(\.step) == [100, 200, 300, 400, 500])
            #expect(reports.map { $0.metrics["eval_runtime"] } == [1.5, 2.5, 3.5, 4.5, 5.5])
            #expect(reports.allSatisfy { $0.metrics["lr"] == 0.1 })
        }
    }

    @Test func `a line that is printed twice is one report where it has a step`() {
        #expect(reports([(1, 0.5, [:]), (1, 0.5, [:]), (2, 0.5, [:])]).map(\.step) == [1, 2])
        // Without one, equal lines are different evaluations that came to the same.
        #expect(reports([(nil, 0.5, [:]), (nil, 0.5, [:])]).count == 2)
        #expect(reports([(nil, 0.5, ["epoch": 1]), (nil, 0.5, ["epoch": 2, "x": 1])]).count == 2)
    }

    @Test func `after the report that ends it, the same evaluation is no further report`() {
        var life = life()
        _ = life.handle(.reported(step: 1, value: 0.5, metrics: [:]))
        _ = life.handle(.decided(.pause))
        let amended = Report(iter: 1, step: 1, value: 0.5, metrics: ["epoch": 1])
        #expect(life.handle(.reported(step: nil, value: 0.5, metrics: ["epoch": 1])) == .amend(amended))
        #expect(life.handle(.reported(step: 2, value: 0.5, metrics: [:])) == .none)
    }

    @Test func `what a launch reports again it may tell in two lines`() {
        let earlier = [Report(iter: 1, step: 10, value: 0.5), Report(iter: 2, step: 20, value: 0.6)]
        let lines: [Line] = [(nil, 0.6, ["epoch": 2]), (20, 0.6, [:]), (nil, 0.7, ["epoch": 3]), (30, 0.7, [:])]
        #expect(reports(Array(lines[2...]), after: earlier, fromCheckpoint: true).map(\.step) == [10, 20, 30])
        #expect(
            reports([(20, 0.6, [:]), (nil, 0.6, ["epoch": 2])] + lines[2...], after: earlier, fromCheckpoint: true).map(\.step)
                == [10, 20, 30])
    }

    @Test(arguments: [
        (0.5, 0.5, true), (0.81249, 0.8125, true), (0.8125, 0.8127, false), (1, 1.4, false), (123.456, 123, true),
        (123.456, 124, false),
        (8.108, 8.11, true), (1e-5, 2e-5, false), (0.000123456, 0.000123, true), (.nan, .nan, true), (.nan, 0, false),
        (.infinity, 1e308, false),
        (.infinity, .infinity, true), (0.4999, 0.5, true), (-0.81249, -0.8125, true), (0.81249, -0.8125, false),
    ])
    func `a figure and its rounding are one`(a: Double, b: Double, isSame: Bool) {
        #expect(a.isSameFigure(as: b) == isSame)
        #expect(b.isSameFigure(as: a) == isSame)
    }
}

/// Steps that do not count over the trial's whole life.
struct StepCountTests {
    private func run(_ launches: [(fromCheckpoint: Bool, steps: [Int])], steps isTold: Bool = true) -> (Trial, told: Bool) {
        var trial = Trial(id: Trial.ID(0), assignment: [:])
        var (value, told) = (0.0, false)
        for launch in launches {
            var life = TrialLife(trial)
            _ = life.handle(.launched(fromCheckpoint: launch.fromCheckpoint, milestone: nil))
            for step in launch.steps {
                value += 1
                _ = life.handle(.reported(step: step, value: value, metrics: [:]))
            }
            told = told || life.newBeginning != nil
            _ = life.handle(.decided(.pause))
            _ = life.handle(.exited(.exited(0)))
            trial = life.trial
        }
        return (trial, told)
    }

    @Test(arguments: [
        // Each launch counts from 1.
        [(false, [1]), (true, [1, 2]), (true, [1, 2, 3, 4, 5, 6])], [(false, [50, 100]), (true, [50, 100, 150, 200])],
        // Each epoch does.
        [(false, [50, 100, 50]), (true, [100, 50, 100])], [(false, [50]), (true, [100, 50, 100]), (true, [50, 100])],
        [(false, [50, 100]), (true, [150, 50, 100, 150])], [(false, [1]), (true, [1]), (true, [1, 1])],
    ])
    func `steps that begin again lose no report`(launches: [(fromCheckpoint: Bool, steps: [Int])]) {
        let (trial, told) = run(launches)
        #expect(trial.reports.map(\.step) == launches.flatMap(\.steps))
        #expect(trial.reports.map(\.value) == (1...trial.reports.count).map(Double.init))
        #expect(told)
    }

    @Test func `where an epoch's steps begin again and the trial starts over, reports are counted`() {
        let (trial, told) = run([(false, [50, 100, 50]), (false, [50, 100, 50, 100])])
        #expect(trial.reports.map(\.value) == [1, 2, 3, 7])
        #expect(told)
        #expect(run([(false, [50, 100]), (false, [50, 100, 150, 50])]).0.reports.map(\.step) == [50, 100, 150, 50])
    }

    @Test(arguments: [
        [(false, [1, 2]), (true, [3, 4])], [(false, [10, 20, 30]), (true, [20, 30, 40])],
        [(false, [1, 2]), (false, [1, 2, 3])],
    ])
    func `steps that count on are left alone`(launches: [(fromCheckpoint: Bool, steps: [Int])]) {
        let (trial, told) = run(launches)
        let steps = trial.reports.compactMap(\.step)
        #expect(steps == Set(launches.flatMap(\.steps)).sorted())
        #expect(!told)
    }

    @Test func `a program that ignores its checkpoint makes its reports again, figures and all`() {
        var life = TrialLife(
            Trial(
                id: Trial.ID(0), assignment: [:],
                reports: [Report(iter: 1, step: 1, value: 0.5), Report(iter: 2, step: 2, value: 0.6)]))
        _ = life.handle(.launched(fromCheckpoint: true, milestone: nil))
        for (step, value) in [(1, 0.5), (2, 0.6), (3, 0.7)] {
            _ = life.handle(.reported(step: step, value: value, metrics: [:]))
        }
        #expect(life.trial.reports.map(\.step) == [1, 2, 3])
        #expect(life.newBeginning == nil)
    }
}
