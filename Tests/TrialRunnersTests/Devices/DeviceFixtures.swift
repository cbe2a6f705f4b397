import Foundation
import SearchSpaces
import Synchronization

@testable import TrialRunners

/// Devices 0, 1, ... of UUIDs that nobody else has.
func devices(_ count: Int, used: Int? = nil) -> [Device] {
    (0..<count).map { index in
        var device = Device(.nvidia, index: index, identifier: "GPU-\(index)-\(UUID().uuidString)", name: "NVIDIA L4")
        (device.memory, device.used) = (24 << 30, used)
        return device
    }
}

func listing(_ devices: [Device], hidden: [Device] = []) -> DeviceListing {
    var listing = DeviceListing()
    (listing.devices, listing.hidden) = (devices, hidden)
    return listing
}

/// The instances of a divided device.
func instances(_ count: Int, of board: Device) -> [Device] {
    (0..<count).map { number in
        var instance = Device(.nvidia, index: board.index, identifier: "MIG-\(number)-\(UUID().uuidString)", name: "MIG")
        instance.board = board.identifier
        return instance
    }
}

/// A clock that goes on when it is waited for.
final class PlayedClock: Sendable {
    private let passed = Mutex(Duration.zero)
    private let start = ContinuousClock.now

    var now: Duration { passed.withLock { $0 } }

    var timing: DeviceTiming {
        var timing = DeviceTiming()
        timing.now = { self.start + self.now }
        timing.pause = { duration in
            self.passed.withLock { $0 += duration }
            try Task.checkCancellation()
            await Task.yield()
        }
        return timing
    }
}

/// Who is on which device, and how often somebody came to one that was taken.
final class Occupancy: Sendable {
    private let state = Mutex((owners: [String: Int](), overlaps: 0))

    var overlaps: Int { state.withLock { $0.overlaps } }

    func enter(_ device: String, _ owner: Int) {
        state.withLock { state in
            if state.owners.updateValue(owner, forKey: device) != nil { state.overlaps += 1 }
        }
    }

    func leave(_ device: String) { state.withLock { $0.owners[device] = nil } }
}
