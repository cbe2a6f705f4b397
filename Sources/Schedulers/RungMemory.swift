import Studies
import Synchronization

/// What a scheduler has worked out of a history, so that its next answer takes no longer in a large study than in a small one. Nothing is
/// decided by it that the history alone would not decide: see ``RungTable``.
///
/// It is shared by all copies of a scheduler.
final class RungMemory: Sendable {
    private let tables = Mutex<[Int: RungTable]>([:])

    /// - Parameters:
    ///   - rungs: whose tables are wanted, in reports.
    ///   - update: brings a table, whose rung is at this place among them, up to the history that is asked about.
    func look<Answer: Sendable>(
        at rungs: [Int], updating update: (Int, inout RungTable) -> Void, _ answer: ([RungTable]) -> Answer
    ) -> Answer {
        tables.withLock { tables in
            for (place, rung) in rungs.enumerated() { update(place, &tables[rung, default: RungTable(rung: rung)]) }
            return answer(rungs.compactMap { tables[$0] })
        }
    }
}
