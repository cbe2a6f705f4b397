import TestSupport
import Testing

@testable import TrialRunners

@Suite(.timeLimit(.minutes(5))) struct AMDDevicesTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private static let plain = """
        [{"gpu": 0, "bdf": "0000:c1:00.0", "uuid": "aaaa-0000", "node_id": 3},
         {"gpu": 1, "bdf": "0000:03:00.0", "uuid": "N/A", "node_id": 2}]
        """
    private static let metric = """
        [{"gpu": 0, "usage": {"gfx_activity": {"value": 12, "unit": "%"}},
          "mem_usage": {"total_vram": {"value": 65520, "unit": "MB"}, "used_vram": {"value": 13, "unit": "MB"}}},
         {"gpu": 1, "usage": {"gfx_activity": "N/A"}, "mem_usage": {"total_vram": "N/A", "used_vram": "N/A"}}]
        """
    private static let process = """
        [{"gpu": 0, "process_list": [{"process_info": {"name": "python3", "pid": 77, "mem_usage": {"value": 2097152, "unit": "B"}}}]},
         {"gpu": 1, "process_list": [{"process_info": "No running processes detected"}]}]
        """

    private func devices(list: String = plain, others: Bool = true) async throws -> DeviceListing {
        let gpus = try StandInGPUs(0, in: temporary)
        try gpus.install("#!/bin/sh\nexit 0")
        let name = #"[{"gpu": 0, "asic": {"market_name": "AMD Instinct MI210"}}, {"gpu": 1, "asic": {"market_name": "N/A"}}]"#
        try gpus.install(
            """
            #!/bin/sh
            case "$1" in
            list) cat <<'END'
            \(list)
            END
            ;;
            \(others ? "static) echo '\(name)';;" : "")
            \(others ? "metric) echo '\(Self.metric)';;" : "")
            \(others ? "process) echo '\(Self.process)';;" : "")
            *) echo "invalid choice"; exit 2;;
            esac
            """, as: "amd-smi")
        return await LocalDevices(executable: TemporaryFolder.autolora, environment: gpus.environment).list()
    }

    @Test(arguments: [plain, #"{"gpu_data": \#(plain)}"#])
    func `devices are listed with what the tool tells of them`(list: String) async throws {
        let listing = try await devices(list: list)
        #expect(listing.problems.isEmpty)
        #expect(listing.devices.map(\.vendor) == [.amd, .amd])
        #expect(listing.devices.map(\.identifier) == ["aaaa-0000", "0000:03:00.0"])
        #expect(listing.devices.map(\.name) == ["AMD Instinct MI210", "AMD GPU"])
        #expect(listing.devices.map(\.memory) == [65520 << 20, nil])
        #expect(listing.devices.map(\.used) == [13 << 20, nil])
        #expect(listing.devices.map(\.utilization) == [12, nil])
        #expect(listing.devices.map(\.processes) == [[DeviceProcess(number: 77, name: "python3", used: 2 << 20)], []])
    }

    @Test func `a trial's variable counts in the order of the kernel's nodes`() async throws {
        #expect(try await devices().devices.map(\.selector) == ["1", "0"])
    }

    @Test func `a tool that tells little is enough`() async throws {
        let listing = try await devices(list: #"[{"gpu": 0}, {"gpu": 1}]"#, others: false)
        #expect(listing.devices.map(\.identifier) == ["amd-0", "amd-1"])
        #expect(listing.devices.map(\.selector) == ["0", "1"])
        #expect(listing.devices.allSatisfy { $0.memory == nil && $0.used == nil })
    }

    @Test func `what is no JSON is a problem`() async throws {
        let listing = try await devices(list: "ERROR: no driver")
        #expect(listing.devices.isEmpty)
        #expect(listing.problems.first?.hasPrefix("amd-smi list --json prints no JSON") == true, "\(listing.problems)")
    }
}
