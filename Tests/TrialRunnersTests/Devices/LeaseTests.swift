import Foundation
import Glibc
import TestSupport
import Testing

@testable import TrialRunners

@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private let temporary: TemporaryFolder
    private let names = LeaseNames(environment: [:])
    private let device = devices(1)[0]

    init() throws { temporary = try TemporaryFolder() }

    private func take(_ shares: Int = 1, _ holders: LeaseHolders = LeaseHolders()) -> Lease? {
        names.lease(device, shares: shares, holders)
    }

    /// What was given back: a program that is being started beside this may hold a copy of it until it has begun.
    private func takeAgain(_ shares: Int = 1) async throws -> Lease {
        for _ in 0..<500 {
            if let lease = take(shares) { return lease }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try #require(take(shares))
    }

    @Test func `a device is one controller's until that gives it back`() async throws {
        let first = try #require(take())
        #expect(take() == nil)
        close(first.claim)
        let second = try await takeAgain()
        close(second.claim)
    }

    @Test func `as many trials share a device as it has shares`() async throws {
        let leases = try (0..<3).map { _ in try #require(take(3)) }
        #expect(Set(leases.map(\.name)).count == 3)
        #expect(take(3) == nil)
        close(leases[1].claim)
        let again = try await takeAgain(3)
        #expect(again.name == leases[1].name)
        for one in [leases[0], leases[2], again] { close(one.claim) }
    }

    @Test(arguments: [(1, 2), (2, 1), (2, 4), (4, 3), (16, 1)])
    func `a device is divided in one way at a time`(one: Int, other: Int) async throws {
        let held = try #require(take(one))
        #expect(take(other) == nil)
        close(held.claim)
        let free = try await takeAgain(other)
        close(free.claim)
    }

    /// A supervisor as a runner starts it, over a program that says when it runs.
    private func supervised(_ lease: Lease, _ script: String) async throws -> ChildProcess {
        try? FileManager.default.removeItem(atPath: temporary.path + "/ready")
        let process = try ChildProcess(
            [TemporaryFolder.binary("autolora-supervisor"), "200", "/bin/sh", "-c", "touch ready; " + script],
            in: temporary.path, adding: ["AUTOLORA_LEASES": lease.name, "AUTOLORA_STUDY": "lab", "AUTOLORA_TRIAL": "7"],
            input: .pipe)
        try #require(await eventually { temporary.read("ready") != nil })
        return process
    }

    @Test func `a trial has its device until its supervisor has ended, whatever becomes of the controller`() async throws {
        let lease = try #require(take())
        let process = try await supervised(lease, "sleep 600")
        close(lease.claim)
        #expect(take() == nil)
        #expect(take(2) == nil)
        let holder = LeaseHolders.now[lease.name]
        #expect(holder?.description == "trial 7 of study lab (process \(process.processIdentifier))")
        process.terminate()
        try await process.end()
        let free = try await takeAgain()
        close(free.claim)
    }

    @Test func `what a killed supervisor leaves still has the device`() async throws {
        let lease = try #require(take())
        let process = try await supervised(lease, "setsid sleep 600 & echo $! > left; exec sleep 600")
        close(lease.claim)
        let left = try await eventually { temporary.read("left")?.hasSuffix("\n") == true }
        let number = try #require(left ? temporary.read("left").flatMap { pid_t($0.filter(\.isNumber)) } : nil)
        process.signal(SIGKILL)
        try await process.end()
        #expect(take() == nil)
        kill(number, SIGKILL)
        let isFree = try await eventually {
            take().map { close($0.claim) } != nil
        }
        #expect(isFree)
    }

    @Test func `so has a process that closed what it inherited, by its environment`() async throws {
        let lease = try #require(take())
        close(lease.claim)
        let process = try ChildProcess(["sleep", "600"], in: temporary.path, adding: ["AUTOLORA_LEASES": lease.name])
        try #require(await eventually { LeaseHolders.now[lease.name] != nil })
        #expect(take(1, .now) == nil)
        process.signal(SIGKILL)
        try await process.end()
        let free = try #require(take(1, .now))
        close(free.claim)
    }

    @Test func `a supervisor that does not get the name starts nothing and says so`() async throws {
        let lease = try #require(take())
        let first = try await supervised(lease, "sleep 600")
        let folder = temporary.path + "/other"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let second = try ChildProcess(
            [TemporaryFolder.binary("autolora-supervisor"), "200", "/bin/sh", "-c", "touch started"], in: temporary.path,
            adding: ["AUTOLORA_LEASES": lease.name, "AUTOLORA_TRIAL_DIR": folder], input: .pipe)
        #expect(try await second.end() == 126)
        #expect(ProcessRecord.obstacle(in: folder) == "another trial has the graphics processor that was to be its own")
        #expect(temporary.read("started") == nil)
        close(lease.claim)
        first.terminate()
        try await first.end()
    }

    @Test func `a study within a trial shares out what the trial has`() throws {
        let outer = try #require(take())
        let inner = LeaseNames(environment: ["AUTOLORA_GPUS": device.identifier, "AUTOLORA_LAUNCH": "0123456789abcdef"])
        let lease = try #require(inner.lease(device, shares: 2, LeaseHolders()))
        #expect(lease.name != outer.name)
        for one in [outer, lease] { close(one.claim) }
    }
}
