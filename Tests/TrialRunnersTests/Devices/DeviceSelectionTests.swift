import SearchSpaces
import Testing

@testable import TrialRunners

struct DeviceSelectionTests {
    private func choose(
        _ request: DeviceRequest, _ devices: [Device], hidden: [Device] = [], leased: Set<String> = []
    ) throws -> DeviceSelection? {
        try DeviceSelection.choose(request, from: listing(devices, hidden: hidden), leased: leased)
    }

    private func refusal(_ request: DeviceRequest, _ devices: [Device], hidden: [Device] = []) -> DeviceRefusal? {
        do {
            _ = try choose(request, devices, hidden: hidden)
            return nil
        } catch { return error as? DeviceRefusal }
    }

    @Test func `without a wish every device serves a trial`() throws {
        let all = devices(4)
        let selection = try #require(try choose(DeviceRequest(), all))
        #expect(selection.devices == all)
        #expect(selection.places == 4 && selection.warnings.isEmpty)
    }

    @Test func `without a wish nothing changes where there is none`() throws {
        #expect(try choose(DeviceRequest(), []) == nil)
        #expect(try choose(DeviceRequest(.none), devices(2)) == nil)
    }

    @Test(arguments: [(0.5, 8), (0.25, 16), (1.0, 4), (2.0, 2), (3.0, 1), (4.0, 1)])
    func `trials at the same time follow from the share of each`(share: Double, places: Int) throws {
        #expect(try choose(DeviceRequest(perTrial: share), devices(4))?.places == places)
    }

    @Test func `listed devices are taken in their order`() throws {
        let all = devices(4)
        let names: [DeviceRequest.Name] = [.index(2), .identifier("gpu-0"), .index(0)]
        #expect(try choose(DeviceRequest(.listed(names)), all)?.devices == [all[2], all[0]])
    }

    @Test func `an index or a UUID of a divided device stands for its instances`() throws {
        let board = devices(1)[0]
        let parts = instances(2, of: board)
        for name in [DeviceRequest.Name.index(0), .identifier(board.identifier)] {
            #expect(try choose(DeviceRequest(.listed([name])), parts)?.devices == parts)
        }
        #expect(try choose(DeviceRequest(.listed([.identifier(parts[1].identifier)])), parts)?.devices == [parts[1]])
    }

    @Test func `what cannot be had is refused with what there is`() {
        let all = devices(2)
        let there = "there are 0 (NVIDIA L4), 1 (NVIDIA L4)"
        var refused = refusal(DeviceRequest(.listed([.index(0), .index(7)])), all)
        #expect(refused?.description == "found the device 7, and it is not there; \(there)")
        #expect(refused?.key == .gpus)
        refused = refusal(DeviceRequest(.listed([.index(0)])), [])
        #expect(refused?.description == "found the device 0, and it is not there; this machine has none")
        refused = refusal(DeviceRequest(.listed([.index(1)])), [all[0]], hidden: [all[1]])
        #expect(
            refused?.description
                == "found the device 1, and the environment keeps it from this process; there is 0 (NVIDIA L4)")
        refused = refusal(DeviceRequest(.listed([.identifier("GPU")])), all)
        #expect(refused?.description.hasPrefix("GPU is the beginning of several devices' UUIDs: ") == true)
        refused = refusal(DeviceRequest(perTrial: 3), all)
        #expect(refused?.description == "found 3 for each trial; \(there)")
        #expect(refused?.key == .perTrial)
        #expect(refusal(DeviceRequest(perTrial: 2), [])?.description == "found 2 for each trial; this machine has none")
    }

    @Test func `what a device's mode forbids is refused`() throws {
        var all = devices(2)
        all[1].sharing = .oneProcess
        #expect(refusal(DeviceRequest(perTrial: 0.5), all)?.description.contains("Exclusive_Process") == true)
        #expect(refusal(DeviceRequest(), all) == nil)
        all[1].sharing = .prohibited
        #expect(refusal(DeviceRequest(.listed([.index(1)])), all)?.description.contains("Prohibited") == true)
        #expect(try choose(DeviceRequest(), all)?.devices == [all[0]])
        let parts = instances(2, of: all[0])
        #expect(refusal(DeviceRequest(perTrial: 2), parts)?.description.contains("one MIG instance at most") == true)
    }

    @Test func `devices that others use are left out while there are others`() throws {
        var all = devices(3, used: 3 << 20)
        all[1].used = 11 << 30
        all[1].processes = [DeviceProcess(number: 4242, name: "python", used: 11 << 30)]
        let selection = try #require(try choose(DeviceRequest(), all))
        #expect(selection.devices == [all[0], all[2]])
        #expect(
            selection.warnings == [
                "GPU 1 is busy (12 GB in use by python, process 4242): left out, as others use it; `gpus` can list what is to be used all the same"
            ])
        #expect(try choose(DeviceRequest(), all, leased: [all[1].identifier])?.devices == all, "a trial's use is not others'")
        let listed = try #require(try choose(DeviceRequest(.listed([.index(1)])), all))
        #expect(listed.devices == [all[1]])
        #expect(listed.warnings.count == 1 && listed.warnings[0].hasSuffix("used all the same, as the space file lists it"))
    }

    @Test func `where none is free one that others use little of is taken, else trials wait`() throws {
        var desktop = devices(1, used: 900 << 20)
        var selection = try #require(try choose(DeviceRequest(), desktop))
        #expect(selection.devices == desktop)
        #expect(selection.baseline == [desktop[0].identifier: 900 << 20])
        #expect(selection.warnings.first?.hasSuffix("used all the same, as no other is free") == true)
        desktop[0].used = 20 << 30
        selection = try #require(try choose(DeviceRequest(), desktop))
        #expect(selection.devices == desktop && selection.baseline.isEmpty)
        #expect(selection.warnings.first?.contains("trials wait until it is free") == true)
    }
}
