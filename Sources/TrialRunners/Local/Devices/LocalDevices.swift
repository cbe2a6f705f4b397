package import SearchSpaces

/// The graphics processors of this machine: what there is, who has it, and what a study gets of it.
package struct LocalDevices: Sendable {
    private let executable: String
    private let environment: [String: String]
    private let timing: DeviceTiming
    private let names: LeaseNames

    /// - Parameters:
    ///   - executable: the autolora binary.
    ///   - environment: this process's.
    package init(executable: String, environment: [String: String], timing: DeviceTiming = DeviceTiming()) {
        self.executable = executable
        self.environment = environment
        self.timing = timing
        names = LeaseNames(environment: environment)
    }

    private func tool(_ name: String, besides folders: [String] = []) -> DeviceTool? {
        DeviceTool.find(name, path: environment["PATH"] ?? "", besides: folders).map {
            DeviceTool(path: $0, executable: executable, limit: timing.tool)
        }
    }

    /// NVIDIA's devices or, where there are none, AMD's: a trial is given one maker's alone.
    package func list() async -> DeviceListing {
        var problems: [String] = []
        for kind in [Device.Vendor.nvidia, .amd] {
            do throws(DeviceToolError) {
                guard var listing = try await list(kind) else { continue }
                listing.problems = problems + listing.problems
                if !listing.devices.isEmpty { return VisibleDevices(environment: environment).restrict(listing) }
                problems = listing.problems
            } catch {
                problems.append(error.problem)
            }
        }
        var none = DeviceListing()
        none.problems = problems
        return none
    }

    private func list(_ vendor: Device.Vendor) async throws(DeviceToolError) -> DeviceListing? {
        switch vendor {
        case .nvidia: try await tool("nvidia-smi").map(NvidiaDevices.init)?.list()
        case .amd: try await tool("amd-smi", besides: ["/opt/rocm/bin"]).map(AMDDevices.init)?.list()
        }
    }

    /// The trials that have leased devices, by the devices' UUIDs.
    package func holders(of devices: [Device]) -> [String: [LeaseHolders.Holder]] {
        let now = LeaseHolders.now
        return Dictionary(
            devices.map { device in
                (device.identifier, Set(names.all(of: device).compactMap { now[$0] }).sorted { $0.process < $1.process })
            }
        ) { first, _ in first }
    }

    /// The devices that somebody has leased.
    package func leased(of devices: [Device]) -> Set<String> {
        let now = LeaseHolders.now
        return Set(devices.filter { names.all(of: $0).contains { LeaseNames.isTaken($0, now) } }.map(\.identifier))
    }

    /// What a study gets; nil: no devices, and its trials' environment is left as it is.
    ///
    /// - Throws: ``DeviceRefusal``.
    package func select(_ request: DeviceRequest, from listing: DeviceListing) throws(DeviceRefusal) -> DeviceSelection? {
        guard request.choice != .none else { return nil }
        let selection = try DeviceSelection.choose(request, from: listing, leased: leased(of: listing.devices))
        if selection != nil, let obstacle = LeaseNames.obstacle() {
            throw DeviceRefusal(
                .gpus,
                "this system gives out no names for sockets (\(obstacle)), by which trials keep devices apart; gpus: none runs without"
            )
        }
        return selection
    }

    /// What a launch would be told of the first devices, for people and for the asking; it holds nothing.
    ///
    /// - Parameter selection: nil: it has none.
    package static func firstPlace(for selection: DeviceSelection?) -> Place {
        Place(
            environment: DeviceEnvironment.variables(
                for: selection.map { Array($0.devices.prefix($0.request.devicesPerTrial)) } ?? []))
    }

    /// Where a study's trials find their devices; nil: they have none, and need none.
    package func places(for selection: DeviceSelection?, _ request: DeviceRequest) -> (any Places)? {
        guard let selection else { return request.choice == .none ? NoDevices() : nil }
        let isSilent = SilentTool()
        return DeviceLeases(selection, names: names, timing: timing) {
            // A tool that did not answer once would hold up every launch.
            guard await !isSilent.value else { return nil }
            let listing = await list()
            if listing.devices.isEmpty { await isSilent.set() }
            return listing
        }
    }
}

/// Whether a tool has stopped answering.
private actor SilentTool {
    private(set) var value = false

    func set() { value = true }
}
