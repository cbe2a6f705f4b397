import SearchSpaces
import SpaceFiles
import Testing

struct RunnerTests {
    private func file(_ runner: String) -> String {
        sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\nrunner: \(runner)")
    }

    @Test(arguments: [
        ("{type: local}", DeviceRequest()),
        ("{}", DeviceRequest()),
        ("{gpus: auto, gpus_per_trial: 2}", DeviceRequest(.auto, perTrial: 2)),
        ("{gpus: none}", DeviceRequest(.none)),
        ("{gpus: [0, 1]}", DeviceRequest(.listed([.index(0), .index(1)]))),
        ("{gpus: [3]}", DeviceRequest(.listed([.index(3)]))),
        ("{gpus: 0-3}", DeviceRequest(.listed((0...3).map(DeviceRequest.Name.index)))),
        ("{gpus: [0-1, 4]}", DeviceRequest(.listed([.index(0), .index(1), .index(4)]))),
        ("{gpus: \"0,2\"}", DeviceRequest(.listed([.index(0), .index(2)]))),
        ("{gpus: GPU-8f6a2c1e}", DeviceRequest(.listed([.identifier("GPU-8f6a2c1e")]))),
        (
            "{gpus: [GPU-8f6a-2c, MIG-1-2], gpus_per_trial: 0.5}",
            DeviceRequest(.listed([.identifier("GPU-8f6a-2c"), .identifier("MIG-1-2")]), perTrial: 0.5)
        ),
    ])
    func `Devices are read as the file says`(runner: String, expected: DeviceRequest) throws {
        #expect(try parse(file(runner)).specification.devices == expected)
    }

    @Test func `Without a runner the devices are whatever there is, one for each trial`() throws {
        #expect(try parse(sweep("p: {value: 1}")).specification.devices == DeviceRequest(.auto, perTrial: 1))
    }

    @Test(arguments: [
        ("1", 1, 1), ("4", 4, 1), ("2.0", 2, 1), ("0.5", 1, 2), ("0.33", 1, 3), ("1/3", 1, 3), ("0.25", 1, 4), ("0.1", 1, 10),
    ])
    func `A share is a whole number of devices or one of so many parts`(share: String, devices: Int, trials: Int) throws {
        let request = try parse(file("{gpus_per_trial: \(share)}")).specification.devices
        #expect((request.devicesPerTrial, request.trialsPerDevice) == (devices, trials))
        #expect(request.perTrial == Double(devices) / Double(trials))
    }

    /// The runner stands in line 2.
    @Test(arguments: [
        ("{type: lokal}", "2:16: unknown runner 'lokal'; allowed: local, slurm; did you mean 'local'?"),
        ("{gpu: 1}", "2:10: unknown key 'gpu'; allowed: type, gpus, gpus_per_trial; did you mean 'gpus'?"),
        ("local", "2:9: found the text 'local'; write runner: {type: local}"),
        ("here", "2:9: found the text 'here', expected the runner as a mapping of type, gpus, gpus_per_trial"),
        (
            "{gpus: 2}",
            "2:16: found 2, which could be a device or a number of them; for the device write [2], for so many in each trial "
                + "gpus_per_trial: 2"
        ),
        (
            "{gpus: atuo}",
            "2:16: found the text 'atuo', expected auto, none, or devices such as [0, 1], 0-3 or their UUIDs; did you mean 'auto'?"
        ),
        ("{gpus: [0, 0-2]}", "2:20: the device 0 is given more than once; keep one"),
        ("{gpus: 3-0}", "2:16: found the text '3-0', expected indices of devices from 0 to 1023, the lower one first"),
        ("{gpus: 0-99999}", "2:16: found the text '0-99999', expected indices of devices from 0 to 1023, the lower one first"),
        ("{gpus: []}", "2:16: found no device, expected auto, none, or devices such as [0, 1], 0-3 or their UUIDs"),
        ("{gpus: [true]}", "2:17: found true, expected auto, none, or devices such as [0, 1], 0-3 or their UUIDs"),
        ("{gpus: [[0]]}", "2:17: found a list, expected auto, none, or devices such as [0, 1], 0-3 or their UUIDs"),
        ("{gpus: none, gpus_per_trial: 1}", "2:38: 'gpus_per_trial' beside 'gpus: none'; leave one of the two out"),
        (
            "{gpus: [0], gpus_per_trial: 2}",
            "2:37: found 2 for each trial, and 'gpus' lists 1; list more, or lower this"
        ),
    ])
    func `What is no device is refused where it stands`(runner: String, expected: String) {
        #expect(refusal(file(runner)) == "space.yaml:\(expected)")
    }

    @Test(arguments: ["0", "-1", "1.5", "0.7", "0.4", "0.001", "half", "1/0", ".inf", "9999"])
    func `What is neither whole nor one part is refused`(share: String) {
        let refused = refusal(file("{gpus_per_trial: \(share)}"))
        #expect(
            refused?.contains("expected a whole number of devices, or the share of one") == true, "\(refused ?? "accepted")")
    }

    @Test func `Devices of a trainer that has no use for them are pointed out`() throws {
        let before = "metric: {name: eval_accuracy, goal: maximize}\nrunner: {type: local, gpus: [0]}"
        let found = try parse(study("r: {values: [2, 4]}", before: before)).warnings.map(\.description)
        #expect(found == ["space.yaml:2:29: warning: runner.gpus has no effect: the built-in trainer computes on the CPU"])
        #expect(try parse(file("{gpus: [0]}")).warnings.isEmpty)
    }
}
