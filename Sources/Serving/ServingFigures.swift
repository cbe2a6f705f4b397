import Synchronization

/// What an engine has done since it began.
package final class ServingFigures: Sendable {
    /// Passes through the base, and the texts that had a part in them: how many share a pass.
    private let passCount = Atomic(0)
    private let rowCount = Atomic(0)
    private let tokenCount = Atomic(0)

    package var passes: Int { passCount.load(ordering: .relaxed) }
    package var rows: Int { rowCount.load(ordering: .relaxed) }
    /// That were written.
    package var tokens: Int { tokenCount.load(ordering: .relaxed) }

    func passed(rows: Int) {
        passCount.add(1, ordering: .relaxed)
        rowCount.add(rows, ordering: .relaxed)
    }

    func wrote() { tokenCount.add(1, ordering: .relaxed) }
}
