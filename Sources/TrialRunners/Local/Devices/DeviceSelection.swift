package import SearchSpaces
import TrainerSettings

/// The devices that a study takes of those that there are, and how many trials they serve.
package struct DeviceSelection: Sendable {
    package let devices: [Device]
    package let request: DeviceRequest
    /// What to know of the choice.
    package private(set) var warnings: [String] = []
    /// Bytes that others had in use of a device when it was chosen all the same, by UUID.
    let baseline: [String: Int]

    /// Used memory above which a device is not free: what the driver and a desktop take is less.
    package static let idle = 500 << 20

    /// Trials at the same time.
    package var places: Int {
        request.perTrial < 1 ? devices.count * request.trialsPerDevice : devices.count / request.devicesPerTrial
    }

    /// - Parameters:
    ///   - listing: restricted to what this process may use.
    ///   - leased: the UUIDs of devices that trials have: what is in use there is not others'.
    /// - Returns: nil where trials are given no devices: there are none, and the request leaves that open.
    /// - Throws: ``DeviceRefusal``.
    package static func choose(
        _ request: DeviceRequest, from listing: DeviceListing, leased: Set<String>
    ) throws(DeviceRefusal) -> DeviceSelection? {
        let chosen: [Device]
        switch request.choice {
        case .none: return nil
        case .listed(let names): chosen = try listed(names, listing)
        case .auto:
            let usable = listing.devices.filter { $0.sharing != .prohibited }
            guard !usable.isEmpty || request.devicesPerTrial > 1 else { return nil }
            chosen = usable
        }
        var selection = DeviceSelection(chosen, request)
        if request.choice == .auto { selection = selection.withoutBusy(leased) } else { selection.warnOfBusy(leased) }
        try selection.check(listing)
        return selection
    }

    private init(_ devices: [Device], _ request: DeviceRequest, baseline: [String: Int] = [:], warnings: [String] = []) {
        self.devices = devices
        self.request = request
        self.baseline = baseline
        self.warnings = warnings
    }

    private static func listed(
        _ names: [DeviceRequest.Name], _ listing: DeviceListing
    ) throws(DeviceRefusal) -> [Device] {
        var chosen: [Device] = []
        for name in names {
            let found = find(name, in: listing.devices)
            guard !found.isEmpty else {
                let isHidden = !find(name, in: listing.hidden).isEmpty
                let reason = isHidden ? "the environment keeps it from this process" : "it is not there"
                throw DeviceRefusal(.gpus, "found the device \(name), and \(reason); \(listing.words)")
            }
            if case .identifier = name, found.count > 1, found.contains(where: { $0.board == nil }) {
                let labels = found.map(\.identifier).joined(separator: ", ")
                throw DeviceRefusal(.gpus, "\(name) is the beginning of several devices' UUIDs: \(labels)")
            }
            if let closed = found.first(where: { $0.sharing == .prohibited }) {
                throw DeviceRefusal(
                    .gpus,
                    "the device \(closed.label) takes no processes (compute mode Prohibited); nvidia-smi -c DEFAULT changes that"
                )
            }
            chosen += found.filter { !chosen.contains($0) }
        }
        return chosen
    }

    private static func find(_ name: DeviceRequest.Name, in devices: [Device]) -> [Device] {
        switch name {
        case .index(let index): DeviceNames(devices).numbered(index)
        case .identifier(let identifier): DeviceNames(devices).named(identifier)
        }
    }

    private func check(_ listing: DeviceListing) throws(DeviceRefusal) {
        let wanted = request.devicesPerTrial
        guard wanted <= devices.count else {
            throw DeviceRefusal(.perTrial, "found \(wanted) for each trial; \(listing.words)")
        }
        if wanted > 1, devices.contains(where: { $0.board != nil }) {
            throw DeviceRefusal(.perTrial, "found \(wanted), and a program sees one MIG instance at most; give each trial 1")
        }
        if request.perTrial < 1, let alone = devices.first(where: { $0.sharing == .oneProcess }) {
            throw DeviceRefusal(
                .perTrial,
                "the device \(alone.label) takes one process at a time (compute mode Exclusive_Process): give each trial 1, or change "
                    + "the mode (nvidia-smi -c DEFAULT)")
        }
    }

    // MARK: - What others use

    /// The devices that nobody uses. Where there are none: those of which others use little, else all, which trials wait for.
    private func withoutBusy(_ leased: Set<String>) -> DeviceSelection {
        let busy = devices.filter { $0.isBusy(leased) }
        guard !busy.isEmpty else { return self }
        let free = devices.filter { !busy.contains($0) }
        if free.count >= request.devicesPerTrial {
            let left = "left out, as others use \(busy.count == 1 ? "it" : "them")"
            return DeviceSelection(
                free, request, warnings: ["\(Self.words(for: busy)): \(left); `gpus` can list what is to be used all the same"])
        }
        let little = devices.filter { !busy.contains($0) || $0.used ?? 0 <= ($0.memory ?? 0) / 4 }
        if little.count >= request.devicesPerTrial {
            let baseline = Dictionary(busy.map { ($0.identifier, $0.used ?? 0) }) { $1 }
            let taken = busy.filter(little.contains)
            return DeviceSelection(
                little, request, baseline: baseline,
                warnings: ["\(Self.words(for: taken)): used all the same, as no other is free"])
        }
        return DeviceSelection(
            devices, request,
            warnings: [
                "\(Self.words(for: busy)): trials wait until it is free; `gpus` can list what is to be used all the same"
            ])
    }

    private mutating func warnOfBusy(_ leased: Set<String>) {
        let busy = devices.filter { $0.isBusy(leased) }
        if !busy.isEmpty { warnings.append("\(Self.words(for: busy)): used all the same, as the space file lists it") }
    }

    private static func words(for busy: [Device]) -> String {
        busy.map { "GPU \($0.label) is busy (\($0.use))" }.joined(separator: ", ")
    }
}

extension Device {
    /// Whether others use it; where its use is not known it counts as free.
    fileprivate func isBusy(_ leased: Set<String>) -> Bool {
        !leased.contains(identifier) && (used ?? 0) > DeviceSelection.idle
    }

    /// How much of it is in use and, as far as that is seen, by whom.
    package var use: String {
        let who = processes.prefix(3).map { "\($0.name), process \($0.number)" } + (processes.count > 3 ? ["..."] : [])
        return (used.map { ByteCount(bytes: $0).rounded + " in use" } ?? "use unknown")
            + (who.isEmpty ? "" : " by " + who.joined(separator: "; "))
    }
}

extension DeviceListing {
    /// What is there, for people.
    package var words: String {
        let there =
            devices.isEmpty
            ? "this machine has none" + (hidden.isEmpty ? "" : " that this process may use")
            : "there \(devices.count == 1 ? "is" : "are") " + devices.map { "\($0.label) (\($0.name))" }.joined(separator: ", ")
        return ([there] + problems).joined(separator: "; ")
    }
}

/// Why a study cannot have the devices that it asks for.
package struct DeviceRefusal: Error, Hashable, CustomStringConvertible {
    /// The key of the space file that asks for them.
    package enum Key: String, Sendable {
        case gpus = "runner.gpus"
        case perTrial = "runner.gpus_per_trial"
    }

    package let key: Key
    package let description: String

    init(_ key: Key, _ description: String) {
        self.key = key
        self.description = description
    }
}
