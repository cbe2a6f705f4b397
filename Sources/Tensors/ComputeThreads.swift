import FoundationEssentials
import Synchronization

/// How many threads training uses.
package enum ComputeThreads {
    /// Threads that share a training step: a batch is split by sequences over them; all cores until ``use(_:)``.
    package static var count: Int {
        let chosen = chosen.load(ordering: .relaxed)
        return chosen > 0 ? chosen : max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    package static func use(_ count: Int) { chosen.store(max(1, count), ordering: .relaxed) }

    private static let chosen = Atomic<Int>(0)
}
