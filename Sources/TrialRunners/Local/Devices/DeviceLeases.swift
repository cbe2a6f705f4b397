import SearchSpaces
import Synchronization

/// Gives each launch devices of its own, and waits where there are none to give.
actor DeviceLeases: Places {
    private let selection: DeviceSelection
    private let names: LeaseNames
    private let timing: DeviceTiming
    /// What is in use now; nil: nobody tells.
    private let look: @Sendable () async -> DeviceListing?
    private let holders: @Sendable () -> LeaseHolders
    /// When a trial was last launched on a device.
    private var launched: [String: ContinuousClock.Instant] = [:]
    /// Since when a device is in use by nobody who has leased it.
    private var busySince: [String: ContinuousClock.Instant] = [:]

    init(
        _ selection: DeviceSelection, names: LeaseNames, timing: DeviceTiming,
        look: @escaping @Sendable () async -> DeviceListing?,
        holders: @escaping @Sendable () -> LeaseHolders = { .now }
    ) {
        self.selection = selection
        self.names = names
        self.timing = timing
        self.look = look
        self.holders = holders
    }

    private var request: DeviceRequest { selection.request }

    func next(saying: @escaping @Sendable (String) async -> Void) async throws -> Place {
        // What is waited for changes often where studies share devices; it is worth a word now and then.
        var (said, due) = ("", timing.now() + timing.silence)
        for attempt in 0... {
            try Task.checkCancellation()
            let (place, obstacle) = await take()
            if let place { return place }
            if obstacle != said, timing.now() >= due {
                (said, due) = (obstacle, timing.now() + timing.repetition)
                await saying(obstacle)
            }
            try await timing.pause(DeviceTiming.pause(before: attempt))
        }
        throw CancellationError()
    }

    /// A lease on a device, for as long as it is not yet given to a launch.
    private struct Taken {
        let device: Device
        let lease: Lease
        /// Whether another trial is on the device.
        let isShared: Bool
    }

    /// All that a launch needs, or nothing: who held one device and waited for a second would wait for ever.
    private func take() async -> (Place?, obstacle: String) {
        let holders = holders()
        let loads = Dictionary(selection.devices.map { ($0.identifier, load(of: $0, holders)) }) { $1 }
        let now = tellsMemory ? await look() : nil
        var (taken, obstacles) = ([Taken](), [String]())
        for device in byLoad(loads) where taken.count < request.devicesPerTrial {
            guard let lease = names.lease(device, shares: request.trialsPerDevice, holders) else {
                obstacles.append("GPU \(device.label) is leased" + (holder(of: device, holders).map { " by \($0)" } ?? ""))
                continue
            }
            let candidate = Taken(device: device, lease: lease, isShared: (loads[device.identifier] ?? 0) > 0)
            if let obstacle = obstacle(to: candidate, now?.devices.first { $0.identifier == device.identifier }) {
                obstacles.append(obstacle)
                Place(claims: [lease.claim]).end()
            } else {
                taken.append(candidate)
            }
        }
        guard taken.count == request.devicesPerTrial else {
            Place(claims: taken.map(\.lease.claim)).end()
            let number = request.devicesPerTrial == 1 ? "a GPU" : "\(request.devicesPerTrial) GPUs"
            return (nil, "waiting for \(number): \(obstacles.joined(separator: "; "))")
        }
        for one in taken {
            launched[one.device.identifier] = timing.now()
            busySince[one.device.identifier] = nil
        }
        let devices = taken.map(\.device)
        let place = Place(
            environment: DeviceEnvironment.variables(for: devices), leases: taken.map(\.lease.name),
            claims: taken.map(\.lease.claim))
        return (place, "")
    }

    private var tellsMemory: Bool { selection.devices.contains { $0.used != nil } }

    // MARK: - What stands in the way

    private func obstacle(to candidate: Taken, _ now: Device?) -> String? {
        let device = candidate.device
        guard let now, let used = now.used else { return nil }
        if candidate.isShared {
            // Its memory is that of the trial which has the other share.
            guard let last = launched[device.identifier], last.duration(to: timing.now()) < timing.apart else { return nil }
            return "GPU \(device.label): the trial that was launched there last is still taking its memory"
        }
        guard used > DeviceSelection.idle + (selection.baseline[device.identifier] ?? 0) else {
            busySince[device.identifier] = nil
            return nil
        }
        let since = busySince[device.identifier] ?? timing.now()
        busySince[device.identifier] = since
        // What a trial had is given back by then; what is in use still is others'.
        if request.choice != .auto, since.duration(to: timing.now()) >= timing.memory { return nil }
        return "GPU \(device.label) is busy (\(now.use))"
    }

    // MARK: - Who has what

    /// Those with the fewest trials first.
    private func byLoad(_ loads: [String: Int]) -> [Device] {
        guard request.trialsPerDevice > 1 else { return selection.devices }
        return selection.devices.enumerated()
            .sorted { (loads[$0.element.identifier] ?? 0, $0.offset) < (loads[$1.element.identifier] ?? 0, $1.offset) }
            .map(\.element)
    }

    /// Trials on a device, those that are about to start included.
    private func load(of device: Device, _ holders: LeaseHolders) -> Int {
        guard request.trialsPerDevice > 1 else { return 0 }
        return (0..<request.trialsPerDevice).count { share in
            LeaseNames.isTaken(names.name(of: device, share: share, of: request.trialsPerDevice), holders)
        }
    }

    private func holder(of device: Device, _ holders: LeaseHolders) -> String? {
        let all = Set(names.all(of: device).compactMap { holders[$0] }).sorted { $0.process < $1.process }
        return all.isEmpty ? nil : all.map(\.description).joined(separator: " and ")
    }
}

/// Trials that are to see no devices.
struct NoDevices: Places {
    func next(saying: @escaping @Sendable (String) async -> Void) async throws -> Place {
        Place(environment: DeviceEnvironment.variables(for: []))
    }
}
