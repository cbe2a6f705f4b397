import FoundationEssentials
import TrainerSettings

/// AMD's devices, as `amd-smi` lists them.
struct AMDDevices {
    let tool: DeviceTool

    /// - Throws: ``DeviceToolError``.
    func list() async throws(DeviceToolError) -> DeviceListing {
        var listing = DeviceListing()
        let entries = try await entries(["list", "--json"])
        listing.devices = entries.compactMap(Self.device).sorted { $0.index < $1.index }
        guard !listing.devices.isEmpty else { return listing }
        Self.select(&listing.devices, entries)
        // What a version of the tool does not tell is not known.
        for entry in (try? await self.entries(["static", "--asic", "--json"])) ?? [] {
            Self.update(&listing.devices, entry) { device in
                if let name = entry["asic"]?["market_name"]?.text, name != "N/A" { device.name = name }
            }
        }
        for entry in (try? await self.entries(["metric", "--mem-usage", "--usage", "--json"])) ?? [] {
            Self.update(&listing.devices, entry) { device in
                device.memory = entry["mem_usage"]?["total_vram"]?.bytes
                device.used = entry["mem_usage"]?["used_vram"]?.bytes
                device.utilization = entry["usage"]?["gfx_activity"]?.amount.flatMap { Int(exactly: $0.rounded()) }
            }
        }
        for entry in (try? await self.entries(["process", "--json"])) ?? [] {
            guard case .array(let processes)? = entry["process_list"] else { continue }
            Self.update(&listing.devices, entry) { $0.processes = processes.compactMap(Self.process) }
        }
        return listing
    }

    /// One object a device: a list or, from later versions, a list in `gpu_data`.
    private func entries(_ arguments: [String]) async throws(DeviceToolError) -> [SettingValue] {
        let text = try await tool.output(arguments)
        let value: SettingValue
        do {
            value = try JSONInput.decode(SettingValue.self, from: Data(text.utf8), of: "amd-smi")
        } catch {
            throw DeviceToolError(problem: "amd-smi \(arguments.joined(separator: " ")) prints no JSON: \(error.problem)")
        }
        switch value["gpu_data"] ?? value {
        case .array(let entries): return entries
        default: return []
        }
    }

    private static func device(_ entry: SettingValue) -> Device? {
        guard let index = entry["gpu"]?.integer else { return nil }
        let known = [entry["uuid"]?.text, entry["bdf"]?.text].compactMap(\.self).first { $0 != "N/A" && !$0.isEmpty }
        return Device(.amd, index: index, identifier: known ?? "amd-\(index)", name: "AMD GPU")
    }

    /// The runtime counts in the order of the kernel's nodes; its UUIDs are not those that this tool prints.
    private static func select(_ devices: inout [Device], _ entries: [SettingValue]) {
        let nodes = Dictionary(
            entries.compactMap { entry in entry["gpu"]?.integer.flatMap { gpu in entry["node_id"]?.integer.map { (gpu, $0) } } }
        ) { first, _ in first }
        let order = devices.map(\.index).sorted { (nodes[$0] ?? $0, $0) < (nodes[$1] ?? $1, $1) }
        for place in devices.indices {
            let rank = nodes.count == devices.count ? order.firstIndex(of: devices[place].index) : nil
            devices[place].selector = "\(rank ?? devices[place].index)"
        }
    }

    private static func update(_ devices: inout [Device], _ entry: SettingValue, _ change: (inout Device) -> Void) {
        guard let place = devices.firstIndex(where: { $0.index == entry["gpu"]?.integer }) else { return }
        change(&devices[place])
    }

    /// nil for what says in words that there is none.
    private static func process(_ entry: SettingValue) -> DeviceProcess? {
        let info = entry["process_info"] ?? entry
        guard let number = info["pid"]?.integer else { return nil }
        let memory = info["memory_usage"]?["vram_mem"] ?? info["mem_usage"]
        return DeviceProcess(number: number, name: info["name"]?.text ?? "?", used: memory?.bytes)
    }
}

extension SettingValue {
    fileprivate subscript(key: String) -> SettingValue? {
        if case .object(let values) = self { values[key] } else { nil }
    }

    /// A number, or one with its unit beside it.
    fileprivate var amount: Double? { self["value"]?.number ?? number }

    fileprivate var bytes: Int? {
        guard let amount, amount >= 0 else { return nil }
        let powers = ["B": 0, "KB": 10, "MB": 20, "GB": 30, "KiB": 10, "MiB": 20, "GiB": 30]
        let power = powers[self["unit"]?.text ?? "MB"] ?? 20
        return Int(exactly: (amount * Double(1 << power)).rounded())
    }
}
