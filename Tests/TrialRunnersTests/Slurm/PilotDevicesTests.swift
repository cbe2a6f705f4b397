import Synchronization
import Testing

@testable import TrialRunners

/// What a pilot waits for between two launches: the devices as it found them. The clock is the test's.
@Suite struct PilotDevicesTests {
    private final class Machine: Sendable {
        private let uses: Mutex<[Int?]>
        private let seconds = Mutex(0.0)
        let looks = Mutex(0)

        /// - Parameter uses: gibibytes in use at each look, the last one from then on; nil: there is no device.
        init(_ uses: [Int?]) { self.uses = Mutex(uses) }

        var list: DeviceListing {
            looks.withLock { $0 += 1 }
            let use = uses.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            var listing = DeviceListing()
            guard let use else { return listing }
            var device = Device(.nvidia, index: 0, identifier: "GPU-1", name: "a")
            device.used = use << 30
            listing.devices = [device]
            return listing
        }

        var timing: DeviceTiming {
            var timing = DeviceTiming()
            let start = ContinuousClock.now
            timing.now = { [self] in start + .seconds(seconds.withLock { $0 }) }
            timing.pause = { [self] _ in seconds.withLock { $0 += 1 } }
            return timing
        }
    }

    private func looks(_ uses: [Int?], launches: Int = 1, isOver: Bool = false) async -> Int {
        let machine = Machine(uses)
        var devices = await PilotDevices(timing: machine.timing) { machine.list }
        for _ in 0..<launches { await devices.settle { isOver } }
        return machine.looks.withLock { $0 }
    }

    @Test func `it waits until what a launch had is given back, and no longer`() async {
        #expect(await looks([2, 20, 20, 2, 20]) == 4)
        #expect(await looks([2, 2]) == 2)
    }

    @Test func `what stays in use is not waited for without end`() async {
        #expect(await looks([0, 20]) == 32)
    }

    @Test func `what others gave back since the job began is not left to a launch`() async {
        #expect(await looks([20, 2, 20, 20, 2], launches: 2) == 5)
    }

    @Test func `a tool that says nothing once is not asked again`() async {
        #expect(await looks([2, nil, 20], launches: 3) == 2)
    }

    @Test func `a job without devices, and one that is told to end, wait for nothing`() async {
        #expect(await looks([nil]) == 1)
        #expect(await looks([0, 20], isOver: true) == 1)
    }
}
