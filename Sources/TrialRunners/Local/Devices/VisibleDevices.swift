/// Which devices the environment of this process leaves to it: what is started here may use no others.
struct VisibleDevices {
    let environment: [String: String]

    /// Parts a listing into what this process may use and what it may not.
    func restrict(_ listing: DeviceListing) -> DeviceListing {
        guard let vendor = listing.devices.first?.vendor else { return listing }
        var result = listing
        let all = listing.devices.sorted { $0.rank < $1.rank }
        // What the variables so far have left, in the order in which the next one counts it.
        var left = all
        for (variable, counts) in variables(of: vendor) {
            guard let text = environment[variable] else { continue }
            let before = result.devices
            left = choose(text, among: counts == .here ? left : all, variable, &result.problems)
            result.devices = left
            result.hidden += before.filter { !result.devices.contains($0) }
        }
        return result
    }

    /// Whether a variable's numbers count all devices, or those that the variables before it have left.
    private enum Counting { case all, here }

    private func variables(of vendor: Device.Vendor) -> [(String, Counting)] {
        switch vendor {
        case .nvidia: return [("CUDA_VISIBLE_DEVICES", .all)]
        // HIP takes CUDA's variable where it has no own.
        case .amd:
            let inner = environment["HIP_VISIBLE_DEVICES"] == nil ? "CUDA_VISIBLE_DEVICES" : "HIP_VISIBLE_DEVICES"
            return [("ROCR_VISIBLE_DEVICES", .all), (inner, .here)]
        }
    }

    /// The runtime's rule: at the first entry that names nothing the list ends.
    private func choose(
        _ text: String, among devices: [Device], _ variable: String, _ problems: inout [String]
    ) -> [Device] {
        // HIP takes an empty one for none at all.
        if text.isEmpty,
            variable == "HIP_VISIBLE_DEVICES" || variable == "CUDA_VISIBLE_DEVICES" && devices.first?.vendor == .amd
        {
            return devices
        }
        var chosen: [Device] = []
        var hasNumbers = false
        for entry in text.split(separator: ",", omittingEmptySubsequences: true) {
            let word = entry.filter { $0 != " " }
            let found: [Device]
            if let number = Int(word) {
                hasNumbers = true
                found = Self.counted(number, devices)
            } else {
                found = DeviceNames(devices).named(word)
            }
            guard !found.isEmpty else {
                if Int(word) != -1, word != "NoDevFiles" {
                    problems.append("\(variable)=\(text): there is no device \(word); it and what stands after it are left out")
                }
                break
            }
            chosen += found.filter { !chosen.contains($0) }
        }
        if hasNumbers, let warning = orderWarning(variable, text, devices) { problems.append(warning) }
        return chosen
    }

    /// NVIDIA's numbers are its tool's; AMD's count what there is in the runtime's order.
    private static func counted(_ number: Int, _ devices: [Device]) -> [Device] {
        guard devices.first?.vendor == .amd else { return DeviceNames(devices).numbered(number) }
        return devices.indices.contains(number) ? [devices[number]] : []
    }

    private func orderWarning(_ variable: String, _ text: String, _ devices: [Device]) -> String? {
        let isMixed = Set(devices.map(\.name)).count > 1
        guard isMixed, devices.first?.vendor == .nvidia, environment["CUDA_DEVICE_ORDER"] != "PCI_BUS_ID" else { return nil }
        return
            "\(variable)=\(text) is taken in the order of nvidia-smi; without CUDA_DEVICE_ORDER=PCI_BUS_ID programs count the "
            + "fastest first"
    }
}

extension Device {
    /// Where it stands in the runtime's order.
    fileprivate var rank: Int { vendor == .amd ? Int(selector) ?? index : index }
}

/// Devices by what people call them.
struct DeviceNames {
    private let devices: [Device]

    init(_ devices: [Device]) { self.devices = devices }

    /// Those that a UUID or its beginning fits; all instances of a board that it fits.
    func named(_ identifier: some StringProtocol) -> [Device] {
        let beginning = identifier.lowercased()
        let own = devices.filter { $0.identifier.lowercased().hasPrefix(beginning) }
        return own.isEmpty ? devices.filter { $0.board?.lowercased().hasPrefix(beginning) ?? false } : own
    }

    /// Those with a number; all instances of a board that has it.
    func numbered(_ index: Int) -> [Device] { devices.filter { $0.index == index } }
}
