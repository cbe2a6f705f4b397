import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

/// What is kept of a history from one suggestion to the next is what looking at all of it tells.
struct PlainObservationsTests {
    private static let space = SearchSpace([
        Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
        Parameter(name: "batch_size", distribution: .intUniform(min: 1, max: 64)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(8), .int(16)], probabilities: nil)),
        Parameter(name: "width", distribution: .quantizedUniform(min: 0, max: 1, q: 0.25)),
        Parameter(
            name: "lora_dropout", distribution: .uniform(min: 0, max: 1),
            condition: .init(parameter: "r", values: [.int(4), .int(8)])),
    ])

    /// A study in which anything happens to any trial.
    private struct Wild {
        var history: History
        private let coding = PointCoding(PlainObservationsTests.space)
        private var generator: SeededGenerator
        private let isShort: Bool

        /// - Parameter isShort: whether trials run out of memory.
        init(_ goal: Goal = .minimize, limits: [String: Limits] = [:], isShort: Bool = false, seed: Int) {
            history = History(goal: goal, constraints: limits)
            (generator, self.isShort) = (SeededGenerator(seed), isShort)
        }

        private mutating func pick(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

        private mutating func report(_ iter: Int) -> Report {
            let value = pick(12) == 0 ? Double.nan : pick(2) == 0 ? Double(pick(5)) : generator.unit()
            return Report(iter: iter, value: value, metrics: ["memory": Double(pick(10))])
        }

        mutating func step() {
            guard !history.trials.isEmpty, pick(5) > 1 else {
                let assignment = coding.assignment(of: coding.sample(using: &generator))
                return history.add(Trial(id: history.nextID, assignment: assignment, state: .running))
            }
            let id = history.trials[pick(history.trials.count)].id
            switch pick(10) {
            case 0: history[id].state = .failed
            case 1: history[id].state = [.waiting, .running, .paused, .complete, .pruned][pick(5)]
            case 2 where isShort: history[id].outOfMemory = history[id].outOfMemory == nil ? "out of memory" : nil
            case 3 where isShort: history[id].halvings += pick(2)
            case 4 where !history[id].reports.isEmpty:
                let last = history[id].reports.count
                history[id].reports[last - 1] = report(last)
            default: history[id].reports.append(report(history[id].reports.count + 1))
            }
        }
    }

    private func expectSame(_ kept: Observations, _ history: History, limit: Int) {
        let told = Observations(
            kept.coding,
            history: History(
                goal: history.goal, otherMetrics: history.otherMetrics, constraints: history.constraints, trials: history.trials
            ))
        #expect(kept.points == told.points && kept.curves == told.curves)
        #expect(kept.standings.elementsEqual(told.standings) { !($0 < $1) && !($1 < $0) && $0.isRunning == $1.isRunning })
        #expect(kept.ranked.map { Int($0) } == PlainObservations.ranked(told.standings))
        #expect(kept.weighedCount == told.standings.count(where: \.isWeighed))
        #expect(kept.some(limit) == PlainObservations.some(limit, of: told.standings))
    }

    @Test(arguments: [Goal.minimize, .maximize], [[:], ["memory": Limits(max: 5)]])
    func `what is kept is what looking at every trial tells`(goal: Goal, limits: [String: Limits]) {
        for seed in 0..<4 {
            var (wild, kept) = (Wild(goal, limits: limits, seed: seed), Observations(PointCoding(Self.space)))
            for step in 0..<400 {
                wild.step()
                guard step % 4 > 0 else { continue }
                kept.update(from: wild.history)
                expectSame(kept, wild.history, limit: [12, 40, 100][step % 3])
            }
            #expect(kept.count > 100)
        }
    }

    @Test func `two studies that came from one are told apart`() {
        var (wild, kept) = (Wild(seed: 3), Observations(PointCoding(Self.space)))
        for _ in 0..<60 { wild.step() }
        kept.update(from: wild.history)
        var (other, keptOther) = (wild, kept)
        for _ in 0..<20 {
            wild.step()
            other.step()
            other.step()
            keptOther.update(from: other.history)
            kept.update(from: wild.history)
            expectSame(kept, wild.history, limit: 12)
            // Asked about one and then about the other.
            kept.update(from: other.history)
            expectSame(kept, other.history, limit: 12)
            expectSame(keptOther, other.history, limit: 12)
        }
    }

    @Test func `a few and many trials have their kernels in one order`() {
        var generator = SeededGenerator(5)
        let coding = PointCoding(Self.space)
        let trials = (0..<400).map {
            Trial(id: Trial.ID($0), assignment: coding.assignment(of: coding.sample(using: &generator)), state: .complete)
        }
        let past = Observations(coding, history: History(goal: .minimize, trials: trials))
        for count in [1, 7, 25, 26, 100, 400] {
            let some = (0..<count).map { $0 * 400 / count }
            for column in past.columns {
                guard case .continuous(let kernels) = column.kernels(of: some), case .numeric(let scale) = column.kind else {
                    continue
                }
                let rising = PlainObservations.rising(column, some)
                let widths = ParzenWidths(low: scale.low, high: scale.high).sigmas(of: rising.map { column.places[$0] })
                for (trial, width) in zip(rising, widths) {
                    let observation = some.firstIndex(of: trial) ?? -1
                    #expect(kernels.means[observation] == column.places[trial] && kernels.sigmas[observation] == width)
                }
            }
        }
    }

    @Test func `what is known of the memory is what looking at every trial tells`() throws {
        let coding = PointCoding(Self.space)
        var (generator, asked, certain) = (SeededGenerator(9), 0, 0)
        for seed in 0..<4 {
            var (wild, kept) = (Wild(isShort: true, seed: seed), Observations(coding))
            for step in 0..<240 {
                wild.step()
                guard step % 3 == 0 else { continue }
                kept.update(from: wild.history)
                let told = Observations(coding, history: History(goal: .minimize, trials: wild.history.trials))
                #expect((kept.feasibility == nil) == (told.feasibility == nil))
                guard let model = kept.feasibility, let other = told.feasibility else { continue }
                #expect(model.threshold == other.threshold && model.hasFit == other.hasFit && model.ranOut == other.ranOut)
                for _ in 0..<5 {
                    let point = coding.sample(using: &generator)
                    #expect(model.probability(of: point) == other.probability(of: point))
                    #expect(model.logLikelihood(of: point) == other.logLikelihood(of: point))
                    let runsOut = PlainObservations.runsOut(
                        point, after: wild.history.trials, told.points, coding: MemoryCoding(Self.space, batch: nil))
                    #expect(model.runsOut(point) == runsOut)
                    asked += 1
                    if runsOut { certain += 1 }
                }
            }
        }
        #expect(asked > 500 && certain > 20)
    }

    @Test(arguments: [Method.tpe, .gp])
    func `a suggester that has seen the study grow proposes what a new one does`(method: Method) throws {
        for isShort in [false, true] {
            let specification = StudySpecification(
                name: "kept", metric: Metric(name: "value", goal: .minimize), method: method, seed: 4,
                trainer: TrainerSpecification(type: "command"), space: Self.space, folder: "")
            var (wild, kept) = (Wild(isShort: isShort, seed: 6), try Suggester(specification: specification))
            for step in 0..<120 {
                for _ in 0..<3 { wild.step() }
                let suggestion = kept.suggest(after: wild.history)
                guard step % 8 == 0 else { continue }
                var new = try Suggester(specification: specification)
                #expect(suggestion == new.suggest(after: History(goal: .minimize, trials: wild.history.trials)))
            }
        }
    }
}
