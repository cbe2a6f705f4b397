import TrainerSettings

/// NVIDIA's devices, as `nvidia-smi` lists them.
struct NvidiaDevices {
    let tool: DeviceTool

    /// Fields in brackets ([N/A], [Not Supported]) are not known: under MIG, or where memory is shared with the processor.
    private static let fields = [
        "index", "uuid", "name", "memory.total", "memory.used", "utilization.gpu", "compute_mode", "mig.mode.current",
    ]
    private static let plain = "--format=csv,noheader,nounits"

    /// - Throws: ``DeviceToolError``.
    func list() async throws(DeviceToolError) -> DeviceListing {
        let boards = try await boards()
        var listing = DeviceListing()
        var divided: Set<String> = []
        for line in boards.split(separator: "\n") {
            guard let (device, isDivided) = Self.device(in: String(line)) else {
                if line.contains(",") || line.lowercased().contains("error") {
                    listing.problems.append("nvidia-smi says of one device: \(line)")
                }
                continue
            }
            listing.devices.append(device)
            if isDivided { divided.insert(device.identifier) }
        }
        guard !listing.devices.isEmpty else { return listing }
        // Who computes there is worth a word, and no reason to fail.
        if let lines = try? await tool.output(["--query-compute-apps=gpu_uuid,pid,process_name,used_memory", Self.plain]) {
            Self.add(lines, to: &listing.devices)
        }
        guard !divided.isEmpty else { return listing }
        Self.divide(&listing, divided, by: try await tool.output(["-L"]))
        return listing
    }

    private func boards() async throws(DeviceToolError) -> String {
        do {
            return try await tool.output(["--query-gpu=" + Self.fields.joined(separator: ","), Self.plain])
        } catch {
            // Drivers from before MIG refuse its field.
            guard !error.isSilent, error.problem.contains("mig.mode") else { throw error }
            return try await tool.output(["--query-gpu=" + Self.fields.dropLast().joined(separator: ","), Self.plain])
        }
    }

    /// A line of the fields; a name may have commas.
    private static func device(in line: String) -> (Device, isDivided: Bool)? {
        var cells = cells(of: line)
        let hasInstances = cells.count >= fields.count
        if !hasInstances { cells.append("[N/A]") }
        guard cells.count >= fields.count, let index = Int(cells[0]), cells[1].hasPrefix("GPU-") else { return nil }
        let last = cells.count - 1
        var device = Device(
            .nvidia, index: index, identifier: cells[1], name: cells[2...(last - 5)].joined(separator: ", "))
        device.memory = bytes(cells[last - 4])
        device.used = bytes(cells[last - 3])
        device.utilization = Int(cells[last - 2])
        device.sharing =
            switch cells[last - 1] {
            case "Exclusive_Process", "Exclusive_Thread": .oneProcess
            case "Prohibited": .prohibited
            default: .allowed
            }
        return (device, cells[last] == "Enabled")
    }

    private static func add(_ lines: String, to devices: inout [Device]) {
        for line in lines.split(separator: "\n") {
            let cells = cells(of: String(line))
            guard cells.count >= 4, let number = Int(cells[1]),
                let place = devices.firstIndex(where: { $0.identifier == cells[0] })
            else { continue }
            let path = cells[2..<(cells.count - 1)].joined(separator: ", ")
            let name = path.split(separator: "/").last.map(String.init) ?? path
            devices[place].processes.append(
                DeviceProcess(number: number, name: name, used: bytes(cells[cells.count - 1])))
        }
    }

    /// Puts the instances of divided boards in their place: such a board itself is no device that a process could use.
    private static func divide(_ listing: inout DeviceListing, _ divided: Set<String>, by lines: String) {
        var instances: [String: [Device]] = [:]
        var board: Device?
        for line in lines.split(separator: "\n") {
            if let match = line.firstMatch(of: /^GPU \d+:.*\(UUID: (GPU-[^)]+)\)/) {
                board = listing.devices.first { $0.identifier == match.1 }
            } else if let board, let match = line.firstMatch(of: /^\s+MIG (\S+).*\(UUID: (MIG-[^)]+)\)/) {
                var instance = Device(
                    .nvidia, index: board.index, identifier: String(match.2), name: "\(board.name) MIG \(match.1)")
                (instance.board, instance.sharing) = (board.identifier, board.sharing)
                instances[board.identifier, default: []].append(instance)
            }
        }
        for identifier in divided where instances[identifier] == nil {
            let label = listing.devices.first { $0.identifier == identifier }?.label ?? identifier
            listing.problems.append(
                "device \(label) is in MIG mode and has no instances: make some (nvidia-smi mig -cgi), or leave that mode")
        }
        listing.devices = listing.devices.flatMap { device in
            divided.contains(device.identifier) ? instances[device.identifier] ?? [] : [device]
        }
    }

    private static func cells(of line: String) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
        }
    }

    private static func bytes(_ mebibytes: String) -> Int? {
        Int(mebibytes).flatMap { (0..<1 << 32).contains($0) ? $0 << 20 : nil }
    }
}
