import Synchronization

/// Which trials of a history have changed, in order: whoever works something out of a history and keeps it looks at those alone.
///
/// Each change has a stamp that no other change has, in whatever history. So two histories that came from one and went on apart are told
/// from each other, and what was kept of one is never taken for the other's.
package struct ChangeLog: Sendable {
    /// A change up to which somebody knows a history.
    package struct Mark: Sendable {
        fileprivate let number: Int
        fileprivate let stamp: UInt64
    }

    /// The latest changes, those before counted only.
    private var latest: [Change]
    private var forgotten = 0

    private struct Change: Sendable {
        /// The trial's place; that of the first is not read.
        let place: Int32
        let stamp = ChangeLog.stamps.add(1, ordering: .relaxed).newValue
    }

    private static let stamps = Atomic<UInt64>(0)

    init() { latest = [Change(place: 0)] }

    /// - Parameter count: trials in all.
    mutating func note(_ place: Int, of count: Int) {
        latest.append(Change(place: Int32(place)))
        // Whoever is as far behind has to look at all trials, which takes no longer than looking at so many changes.
        guard latest.count > 2 * max(count, 500) else { return }
        let half = latest.count / 2
        latest.removeFirst(half)
        forgotten += half
    }

    /// Any of the trials may be another one.
    mutating func noteAll() { self = ChangeLog() }

    /// What a history is known up to by whoever looks at it now.
    package var mark: Mark { Mark(number: forgotten + latest.count - 1, stamp: latest[latest.count - 1].stamp) }

    /// The places of the trials that are new or may have changed since a mark, rising; nil: all of them.
    package func places(since mark: Mark?) -> [Int]? {
        guard let mark, latest.indices.contains(mark.number - forgotten), latest[mark.number - forgotten].stamp == mark.stamp
        else { return nil }
        var places = latest[(mark.number - forgotten + 1)...].map { Int($0.place) }
        places.sort()
        var last = -1
        places.removeAll { place in
            defer { last = place }
            return place == last
        }
        return places
    }
}

/// What happened to a history makes no difference between two that have the same trials.
extension ChangeLog: Hashable {
    package static func == (a: ChangeLog, b: ChangeLog) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
