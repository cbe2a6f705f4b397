import Testing

@testable import TrialRunners

struct VisibleDevicesTests {
    /// NVIDIA's GPU-a, GPU-b, ... with numbers from 0.
    private static let nvidia = "abcd".enumerated().map { index, letter in
        Device(.nvidia, index: index, identifier: "GPU-\(letter)1", name: "NVIDIA L4")
    }

    /// AMD's; the runtime counts the other way round.
    private static let amd = (0..<4).map { index in
        var device = Device(.amd, index: index, identifier: "uuid-\(index)", name: "AMD")
        device.selector = "\(3 - index)"
        return device
    }

    private func visible(_ devices: [Device], _ environment: [String: String]) -> (indices: [Int], problems: [String]) {
        let result = VisibleDevices(environment: environment).restrict(listing(devices))
        let all = Set(result.devices + result.hidden)
        #expect(all.count == devices.count, "each is either there or hidden")
        return (result.devices.map(\.index), result.problems)
    }

    @Test(arguments: [
        (nil, [0, 1, 2, 3]), ("", []), ("-1", []), ("NoDevFiles", []), ("2", [2]), ("3,1", [3, 1]), ("0, 1", [0, 1]),
        ("GPU-c", [2]), ("GPU-D1,GPU-a1", [3, 0]), ("1,1", [1]), ("0,-1,2", [0]),
    ])
    func `a CUDA program's devices are those that its variable names`(text: String?, expected: [Int]) {
        let found = visible(Self.nvidia, text.map { ["CUDA_VISIBLE_DEVICES": $0] } ?? [:])
        #expect(found.indices == expected)
        #expect(found.problems.isEmpty)
    }

    @Test(arguments: [("1,9,2", [1]), ("GPU-x", []), ("0,MIG-1", [0])])
    func `at the first entry that names nothing the list ends, with a word`(text: String, expected: [Int]) {
        let found = visible(Self.nvidia, ["CUDA_VISIBLE_DEVICES": text])
        #expect(found.indices == expected)
        #expect(found.problems.count == 1)
        #expect(found.problems[0].hasPrefix("CUDA_VISIBLE_DEVICES=\(text): there is no device "), "\(found.problems)")
    }

    @Test func `numbers among devices of several kinds are doubtful unless their order is given`() {
        var mixed = Self.nvidia
        mixed[0].name = "NVIDIA T4"
        let variables = ["CUDA_VISIBLE_DEVICES": "0"]
        #expect(visible(mixed, variables).problems.count == 1)
        #expect(visible(mixed, variables.merging(["CUDA_DEVICE_ORDER": "PCI_BUS_ID"]) { $1 }).problems.isEmpty)
        #expect(visible(mixed, ["CUDA_VISIBLE_DEVICES": "GPU-a1"]).problems.isEmpty)
    }

    @Test func `instances are named by their own UUIDs, or all by their board's`() {
        let board = Device(.nvidia, index: 0, identifier: "GPU-a1", name: "NVIDIA A100")
        let parts = instances(2, of: board)
        let machine = parts + [Device(.nvidia, index: 1, identifier: "GPU-b1", name: "MIG")]
        let one = VisibleDevices(environment: ["CUDA_VISIBLE_DEVICES": parts[1].identifier]).restrict(listing(machine))
        #expect(one.devices == [parts[1]])
        let both = VisibleDevices(environment: ["CUDA_VISIBLE_DEVICES": "GPU-a"]).restrict(listing(machine))
        #expect(both.devices == parts)
    }

    @Test(arguments: [
        ([:], [0, 1, 2, 3]), (["ROCR_VISIBLE_DEVICES": "0,2"], [3, 1]), (["ROCR_VISIBLE_DEVICES": ""], []),
        (["HIP_VISIBLE_DEVICES": "1"], [2]), (["ROCR_VISIBLE_DEVICES": "0,2", "HIP_VISIBLE_DEVICES": "1"], [1]),
        (["ROCR_VISIBLE_DEVICES": "0,2", "CUDA_VISIBLE_DEVICES": "0"], [3]),
        (["HIP_VISIBLE_DEVICES": "0", "CUDA_VISIBLE_DEVICES": "1"], [3]), (["HIP_VISIBLE_DEVICES": ""], [0, 1, 2, 3]),
        (["HIP_VISIBLE_DEVICES": "-1"], []),
    ])
    func `AMD's variables count one within the other`(environment: [String: String], expected: [Int]) {
        #expect(visible(Self.amd, environment).indices.sorted() == expected.sorted())
    }

    @Test func `a trial of AMD's devices is told of them by one variable alone`() {
        let variables = DeviceEnvironment.variables(for: [Self.amd[0], Self.amd[2]])
        #expect(variables["ROCR_VISIBLE_DEVICES"] == "3,1")
        #expect(variables["AUTOLORA_GPUS"] == "uuid-0,uuid-2")
        for name in ["HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"] { #expect(variables[name] == .some(nil)) }
    }

    @Test func `a trial of NVIDIA's is told by UUID, and in the order of the bus`() {
        #expect(
            DeviceEnvironment.variables(for: [Self.nvidia[3], Self.nvidia[0]])
                == [
                    "CUDA_VISIBLE_DEVICES": "GPU-d1,GPU-a1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
                    "AUTOLORA_GPUS": "GPU-d1,GPU-a1",
                ])
        #expect(
            DeviceEnvironment.variables(for: [])
                == ["CUDA_VISIBLE_DEVICES": "", "ROCR_VISIBLE_DEVICES": "", "AUTOLORA_GPUS": ""])
    }
}
