import Synchronization

/// Whoever waits for an answer: once they have left, nothing more is computed of it.
package final class Listener: Sendable {
    private let hasLeft = Atomic(false)

    package init() {}

    package var isGone: Bool { hasLeft.load(ordering: .relaxed) }

    package func leave() { hasLeft.store(true, ordering: .relaxed) }
}
