import Foundation
import TestSupport
import Testing

@testable import TrialRunners

@Suite(.timeLimit(.minutes(5))) struct NvidiaDevicesTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func list(
        _ gpus: StandInGPUs, limit: Duration = .seconds(30), adding variables: [String: String] = [:]
    ) async -> DeviceListing {
        var timing = DeviceTiming()
        timing.tool = limit
        return await LocalDevices(
            executable: TemporaryFolder.autolora, environment: gpus.environment.merging(variables) { $1 }, timing: timing
        ).list()
    }

    @Test func `devices are listed with what the tool tells of them`() async throws {
        let gpus = try StandInGPUs(2, in: temporary)
        try gpus.put(
            """
            0, \(gpus.identifiers[0]), NVIDIA A100-SXM4-80GB, 81920, 3, 0, Default, Disabled
            1, \(gpus.identifiers[1]), NVIDIA A100, SXM4, 81920, 40321, 97, Exclusive_Process, Disabled

            """, "gpus")
        try gpus.put("\(gpus.identifiers[1]), 4242, /usr/bin/python, 40000\nGPU-elsewhere, 7, x, 1\n", "processes")
        let listing = await list(gpus)
        #expect(listing.problems.isEmpty)
        #expect(listing.devices.map(\.index) == [0, 1])
        #expect(listing.devices.map(\.identifier) == gpus.identifiers)
        #expect(listing.devices.map(\.name) == ["NVIDIA A100-SXM4-80GB", "NVIDIA A100, SXM4"])
        #expect(listing.devices.map(\.memory) == [80 << 30, 80 << 30])
        #expect(listing.devices.map(\.used) == [3 << 20, 40321 << 20])
        #expect(listing.devices.map(\.utilization) == [0, 97])
        #expect(listing.devices.map(\.sharing) == [.allowed, .oneProcess])
        #expect(listing.devices[0].processes.isEmpty)
        #expect(listing.devices[1].processes == [DeviceProcess(number: 4242, name: "python", used: 40000 << 20)])
        #expect(listing.devices[1].use == "42 GB in use by python, process 4242")
    }

    @Test(arguments: ["[N/A]", "[Not Supported]", "[Unknown Error]", "[Insufficient Permissions]", ""])
    func `what a device does not tell is unknown, not nothing`(field: String) async throws {
        let gpus = try StandInGPUs(1, in: temporary)
        try gpus.put("0, \(gpus.identifiers[0]), NVIDIA GB10, \(field), \(field), \(field), \(field), \(field)\n", "gpus")
        let device = try #require(await list(gpus).devices.first)
        #expect(device.memory == nil && device.used == nil && device.utilization == nil && device.sharing == .allowed)
        #expect(device.use == "use unknown")
    }

    @Test func `a driver that knows no MIG is asked without it`() async throws {
        let gpus = try StandInGPUs(1, in: temporary)
        try gpus.install(
            """
            #!/bin/sh
            case "$1" in
              *mig.mode*) echo 'Field "mig.mode.current" is not a valid field to query.'; exit 2;;
              --query-gpu=*) echo "0, \(gpus.identifiers[0]), Tesla K80, 11441, 0, 0, Default";;
            esac
            """)
        let listing = await list(gpus)
        #expect(listing.devices.map(\.name) == ["Tesla K80"])
        #expect(listing.devices.map(\.memory) == [11441 << 20])
        #expect(listing.problems.isEmpty)
    }

    @Test func `a device that is lost is a problem, and the others are there`() async throws {
        let gpus = try StandInGPUs(2, in: temporary)
        try gpus.put(
            """
            Unable to determine the device handle for GPU0000:41:00.0: Unknown Error
            1, \(gpus.identifiers[1]), NVIDIA L4, 23034, 1, 0, Default, [N/A]

            """, "gpus")
        let listing = await list(gpus)
        #expect(listing.devices.map(\.index) == [1])
        #expect(listing.problems.count == 1 && listing.problems[0].contains("Unable to determine the device handle"))
    }

    @Test func `instances of a divided device take its place, by their UUIDs`() async throws {
        let gpus = try StandInGPUs(3, in: temporary)
        var rows = Array(repeating: StandInGPUs.Row(used: "5"), count: 3)
        (rows[1].mig, rows[1].used, rows[2].mig) = ("Enabled", "[N/A]", "Enabled")
        try gpus.write(rows)
        try gpus.put(
            """
            GPU 0: NVIDIA Stand-In (UUID: \(gpus.identifiers[0]))
            GPU 1: NVIDIA Stand-In (UUID: \(gpus.identifiers[1]))
              MIG 3g.40gb     Device  0: (UUID: MIG-11111111-aaaa)
              MIG 4g.40gb     Device  1: (UUID: MIG-22222222-bbbb)
            GPU 2: NVIDIA Stand-In (UUID: \(gpus.identifiers[2]))

            """, "instances")
        let listing = await list(gpus)
        #expect(listing.devices.map(\.identifier) == [gpus.identifiers[0], "MIG-11111111-aaaa", "MIG-22222222-bbbb"])
        #expect(listing.devices.map(\.index) == [0, 1, 1])
        #expect(listing.devices.map(\.board) == [nil, gpus.identifiers[1], gpus.identifiers[1]])
        #expect(listing.devices[1].name == "NVIDIA Stand-In MIG 3g.40gb" && listing.devices[1].used == nil)
        #expect(listing.problems.count == 1 && listing.problems[0].hasPrefix("device 2 is in MIG mode and has no instances"))
    }

    @Test func `a tool that fails says why, and there are no devices`() async throws {
        let gpus = try StandInGPUs(1, in: temporary)
        try gpus.install("#!/bin/sh\necho 'NVIDIA-SMI has failed because there is no driver.'; exit 9")
        let listing = await list(gpus)
        #expect(listing.devices.isEmpty)
        #expect(
            listing.problems
                == ["nvidia-smi failed with exit code 9: NVIDIA-SMI has failed because there is no driver."])
    }

    @Test func `a tool that hangs is given up after its time, and ended with what it started`() async throws {
        let gpus = try StandInGPUs(1, in: temporary)
        let word = UUID().uuidString
        try gpus.install("#!/bin/sh\ntrap '' TERM\nsleep 600 & exec sh -c 'trap \"\" TERM; sleep 600; : \(word)'")
        let listing = await list(gpus, limit: .milliseconds(300))
        #expect(listing.devices.isEmpty)
        #expect(listing.problems == ["nvidia-smi does not answer within 0.3 seconds; its driver may be sick"])
        let isGone = try await eventually {
            !ThisMachine.processes.contains { $0.command.contains { $0.contains(word) } }
        }
        #expect(isGone)
    }

    @Test func `a machine without any tool has no devices and no problem`() async {
        let machine = LocalDevices(executable: TemporaryFolder.autolora, environment: ["PATH": temporary.path])
        #expect(await machine.list() == DeviceListing())
    }

    @Test func `what the environment of this process leaves out is hidden`() async throws {
        let gpus = try StandInGPUs(3, in: temporary)
        let listing = await list(gpus, adding: ["CUDA_VISIBLE_DEVICES": "2," + gpus.identifiers[0].prefix(12)])
        #expect(listing.devices.map(\.index) == [2, 0])
        #expect(listing.hidden.map(\.index) == [1])
    }
}
