/// The graphics processors that a pilot's job has, between two launches.
///
/// A driver gives back with a delay what an ended trial had, and the next one would run out of memory for it: a fault that would be taken for
/// its configuration's. A job without such devices is asked nothing.
struct PilotDevices: Sendable {
    private let list: @Sendable () async -> DeviceListing
    private let timing: DeviceTiming
    /// The fewest bytes in use of each so far, by UUID: what others have there. Those of which none is known are not looked at.
    private var baseline: [String: Int]

    /// - Parameters:
    ///   - executable: the autolora binary.
    ///   - environment: the job's.
    init(executable: String, environment: [String: String]) async {
        let local = LocalDevices(executable: executable, environment: environment)
        let hasDevices = ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"].contains { environment[$0]?.isEmpty == false }
        await self.init(list: { hasDevices ? await local.list() : DeviceListing() })
    }

    init(timing: DeviceTiming = DeviceTiming(), list: @escaping @Sendable () async -> DeviceListing) async {
        (self.list, self.timing) = (list, timing)
        baseline = Self.use(await list())
    }

    private static func use(_ listing: DeviceListing) -> [String: Int] {
        Dictionary(listing.devices.compactMap { device in device.used.map { (device.identifier, $0) } }) { $1 }
    }

    /// Waits until the devices are as the job found them, as long as a driver may take for that. What tells nothing once is not asked again.
    ///
    /// - Parameter isOver: whether nothing is waited for any more.
    mutating func settle(unless isOver: @Sendable () async -> Bool) async {
        guard !baseline.isEmpty else { return }
        let start = timing.now()
        for attempt in 0... {
            if await isOver() { return }
            let use = Self.use(await list())
            if use.isEmpty { baseline = [:] }
            guard !use.isEmpty else { return }
            baseline.merge(use, uniquingKeysWith: min)
            let isFree = use.allSatisfy { $1 <= (baseline[$0] ?? $1) + DeviceSelection.idle }
            guard !isFree, start.duration(to: timing.now()) < timing.memory else { return }
            try? await timing.pause(DeviceTiming.pause(before: attempt))
        }
    }
}
