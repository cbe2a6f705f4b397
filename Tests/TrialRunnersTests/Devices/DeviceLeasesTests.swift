import Foundation
import SearchSpaces
import Synchronization
import TestSupport
import Testing

@testable import TrialRunners

@Suite(.timeLimit(.minutes(5))) final class DeviceLeasesTests: Sendable {
    private let clock = PlayedClock()
    private let said = Mutex<[String]>([])

    /// What nobody's trial uses, unless `look` says otherwise.
    private func leases(
        _ all: [Device], _ request: DeviceRequest = DeviceRequest(), look: (@Sendable () async -> DeviceListing?)? = nil
    ) throws -> DeviceLeases {
        let selection = try #require(try DeviceSelection.choose(request, from: listing(all), leased: []))
        return DeviceLeases(
            selection, names: LeaseNames(environment: [:]), timing: clock.timing, look: look ?? { listing(all) },
            holders: { LeaseHolders() })
    }

    private func next(_ leases: DeviceLeases) async throws -> Place {
        try await leases.next { text in self.said.withLock { $0.append(text) } }
    }

    private func gpus(_ place: Place) -> [String] {
        (place.environment["AUTOLORA_GPUS"] ?? nil).map { $0.split(separator: ",").map(String.init) } ?? []
    }

    @Test func `each launch has a device of its own`() async throws {
        let all = devices(4)
        let leases = try leases(all)
        var places: [Place] = []
        for _ in all { places.append(try await next(leases)) }
        #expect(places.flatMap(gpus) == all.map(\.identifier))
        for place in places {
            #expect(place.environment["CUDA_VISIBLE_DEVICES"] == place.environment["AUTOLORA_GPUS"])
            #expect(place.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID")
            #expect(place.leases.count == 1)
        }
    }

    @Test func `a launch waits for a device that another study has, and says for whose`() async throws {
        let all = devices(2)
        let other = try leases(all)
        let taken = Mutex([try await next(other), try await next(other)])
        let waiting = Task { try await self.next(try self.leases(all)) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        #expect(said.withLock { $0.first } == "waiting for a GPU: GPU 0 is leased; GPU 1 is leased")
        #expect(clock.now >= DeviceTiming().silence)
        taken.withLock { $0.remove(at: 1).end() }
        #expect(try await gpus(waiting.value) == [all[1].identifier])
        #expect(said.withLock { $0.count } == 1)
        taken.withLock { $0.removeAll() }
    }

    @Test func `all who share a device are named to one that waits for it`() async throws {
        let names = LeaseNames(environment: [:])
        let all = devices(1)
        let holders = LeaseHolders([
            names.name(of: all[0], share: 1, of: 2): .init(study: "trl", trial: "3", process: 12),
            names.name(of: all[0], share: 0, of: 2): .init(study: "peft", trial: "0", process: 11),
        ])
        let selection = try #require(
            try DeviceSelection.choose(DeviceRequest(perTrial: 0.5), from: listing(all), leased: []))
        let leases = DeviceLeases(
            selection, names: names, timing: clock.timing, look: { listing(all) }, holders: { holders })
        let waiting = Task { try await self.next(leases) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        waiting.cancel()
        let whose = "trial 0 of study peft (process 11) and trial 3 of study trl (process 12)"
        #expect(said.withLock { $0.first } == "waiting for a GPU: GPU 0 is leased by \(whose)")
    }

    @Test func `what is waited for no longer is given up`() async throws {
        let all = devices(1)
        let (mine, other) = (try leases(all), try leases(all))
        let held = try await next(other)
        let waiting = Task { try await self.next(mine) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        held.end()
        #expect(try await gpus(next(mine)) == [all[0].identifier])
    }

    @Test func `two devices for a launch are taken together or not at all`() async throws {
        let all = devices(3)
        let pairs = try leases(all, DeviceRequest(perTrial: 2))
        let pair = try await next(pairs)
        #expect(gpus(pair) == [all[0].identifier, all[1].identifier])
        let waiting = Task { try await self.next(pairs) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        #expect(said.withLock { $0.first } == "waiting for 2 GPUs: GPU 0 is leased; GPU 1 is leased")
        let single = try await next(try leases(all))
        #expect(gpus(single) == [all[2].identifier], "the third is not held meanwhile")
        single.end()
        pair.end()
        #expect(try await gpus(waiting.value).count == 2)
    }

    @Test func `two launches share each device, spread over all`() async throws {
        let all = devices(2)
        let leases = try leases(all, DeviceRequest(perTrial: 0.5))
        var places: [Place] = []
        for _ in 0..<4 { places.append(try await next(leases)) }
        #expect(places.flatMap(gpus) == [0, 1, 0, 1].map { all[$0].identifier })
        #expect(Set(places.flatMap(\.leases)).count == 4)
        let fifth = Task { try await self.next(leases) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        places[2].end()
        #expect(try await gpus(fifth.value) == [all[0].identifier])
    }

    @Test(arguments: [(Int?.none, false), (100 << 20, true)])
    func `the second launch on a device waits for the first to have its memory, where that can be seen`(
        used: Int?, waits: Bool
    ) async throws {
        let leases = try leases(devices(1, used: used), DeviceRequest(perTrial: 0.5))
        let first = try await next(leases)
        let before = clock.now
        let second = try await next(leases)
        #expect((clock.now - before >= DeviceTiming().apart) == waits)
        if waits { #expect(said.withLock { $0.first?.contains("still taking its memory") } == true) }
        for place in [first, second] { place.end() }
    }

    @Test func `memory that an ended trial had is waited for`() async throws {
        let all = devices(1, used: 0)
        let start = ContinuousClock.now
        let clock = clock
        let leases = try leases(all) {
            var now = all
            now[0].used = clock.now < .seconds(7) ? 20 << 30 : 1 << 20
            return listing(now)
        }
        #expect(try await gpus(next(leases)) == [all[0].identifier])
        #expect(clock.now >= .seconds(7))
        #expect(start.duration(to: .now) < .seconds(60), "nobody waits in earnest")
    }

    @Test func `a device that others have come to use is passed over`() async throws {
        let all = devices(2, used: 0)
        let leases = try leases(all) {
            var now = all
            now[0].used = 9 << 30
            return listing(now)
        }
        let place = try await next(leases)
        #expect(gpus(place) == [all[1].identifier])
        let waiting = Task { try await self.next(leases) }
        try #require(await eventually { !said.withLock { $0.isEmpty } })
        #expect(said.withLock { $0.first }?.hasPrefix("waiting for a GPU: GPU 0 is busy (9.7 GB in use)") == true)
        waiting.cancel()
        _ = await waiting.result
    }

    @Test func `one that the space file lists is used all the same, after a while`() async throws {
        var all = devices(1, used: 0)
        all[0].used = 9 << 30
        let busy = all
        let leases = try leases(busy, DeviceRequest(.listed([.index(0)])))
        #expect(try await gpus(next(leases)) == [busy[0].identifier])
        #expect(clock.now >= DeviceTiming().memory)
    }

    @Test func `one that a desktop uses is waited for only beyond that`() async throws {
        let desktop = devices(1, used: 900 << 20)
        let place = try await next(try leases(desktop))
        #expect(gpus(place) == [desktop[0].identifier] && clock.now == .zero)
    }

    @Test func `a tool that has stopped answering holds no launch up`() async throws {
        let place = try await next(try leases(devices(1, used: 0)) { nil })
        #expect(gpus(place).count == 1 && clock.now == .zero)
    }

    @Test func `two studies share the devices and never have the same`() async throws {
        let all = devices(4)
        let occupancy = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for study in 0..<2 {
                let leases = try leases(all)
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<25 {
                            let place = try await leases.next { _ in }
                            let gpu = (place.environment["AUTOLORA_GPUS"] ?? nil) ?? ""
                            occupancy.enter(gpu, study)
                            await Task.yield()
                            occupancy.leave(gpu)
                            place.end()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(occupancy.overlaps == 0)
    }

    @Test func `trials that are to see no device see none`() async throws {
        let place = try await NoDevices().next { _ in }
        #expect(place.environment["CUDA_VISIBLE_DEVICES"] == "" && place.leases.isEmpty)
    }
}
