import Controller
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import StudyStore
import Trainers

/// Decides everything in a study again and holds it against what was decided.
struct ReplayCheck {
    private let store: StudyStore
    private let record: StudyRecord
    private(set) var damages: [StudyDamage] = []
    private(set) var decisions = 0

    init(_ store: StudyStore) throws {
        (self.store, record) = (store, try store.study())
        guard StudyLock.holder(of: store.folder) == nil else {
            throw ReplayRefusal(description: "study \(record.name) is being run; replay it once it has ended")
        }
    }

    /// - Throws: what reading the study and, where a constraint needs it, its model and data throws.
    mutating func run() throws {
        let file = try store.spaceFile(of: record)
        var specification = file.specification
        (specification.name, specification.seed, specification.workers) = (record.name, record.seed, record.workers)
        (specification.metric, specification.runCap) = (record.metric(as: specification.metric), record.runCap)
        let history = try store.history()
        let proposed = history.withOwnValues(of: specification.space)
        let earlier = try store.earlierStudies()
        let events = try store.events().map(\.event)
        var known: [Int: @Sendable (Assignment) -> Bool] = [:]
        let replay = StudyReplay(
            specification: specification, events: events, recorded: history, requests: try store.requests()
        ) { [record] runCap, workers in
            var specification = specification
            (specification.runCap, specification.workers) = (runCap, workers ?? record.workers)
            let isFeasible = try known[specification.workers] ?? Self.feasibility(specification, file, proposed: proposed)
            known[specification.workers] = isFeasible
            return try Suggester(specification: specification, earlier: earlier, isFeasible: isFeasible)
        }
        guard var replay else {
            return damages.append(
                damage("its events do not tell all that happened", "it cannot be replayed; verify it without --replay"))
        }
        decisions = replay.decisions
        damages += try replay.divergences().map { divergence in
            damage(
                "\(divergence)",
                "the store was changed, or the study was run by another version, with another space file, or on a machine with "
                    + "other memory or processors",
                at: ": event \(divergence.event + 1) of \(events.count)")
        }
    }

    /// What fits hangs on how many trials shared the processors: each run is judged as it began. What `workers` asked for since then
    /// holds for the next. What was proposed could be run then, be it that a later version refuses it.
    private static func feasibility(
        _ specification: StudySpecification, _ file: SpaceFile, proposed history: History
    ) throws -> @Sendable (Assignment) -> Bool {
        let isFeasible: @Sendable (Assignment) -> Bool
        if specification.constraints.count > specification.reportedConstraints.count {
            isFeasible = try specification.preflight(file).isFeasible
        } else {
            // Memory is asked of as it was; where the model is not here, all that was proposed fitted.
            guard let preflight = try? specification.preflight(file) else { return { _ in true } }
            isFeasible = preflight.isFeasible
        }
        let proposed = Set(history.trials.map(\.assignment))
        return { proposed.contains($0) || isFeasible($0) }
    }

    private func damage(_ problem: String, _ advice: String, at place: String = "") -> StudyDamage {
        StudyDamage(place: store.folder.database + place, problem: problem, advice: advice)
    }
}

private struct ReplayRefusal: Error, CustomStringConvertible { let description: String }
