import Foundation
import TrainerSettings
import Trainers
import TrialRunners

/// The graphics processors of this machine, for people and as JSON: what there is, and who uses it.
struct DeviceReport {
    private let listing: DeviceListing
    private let holders: [String: [LeaseHolders.Holder]]
    private let leased: Set<String>

    init(_ listing: DeviceListing, of machine: LocalDevices) {
        self.listing = listing
        holders = machine.holders(of: listing.devices + listing.hidden)
        leased = machine.leased(of: listing.devices + listing.hidden)
    }

    /// What kept some from being listed.
    var problems: [String] { listing.problems }

    /// A line for each of them; none where there are none.
    var lines: [Preflight.Finding] {
        (listing.devices + listing.hidden).map { device in
            let memory = device.memory.map { ", " + ByteCount(bytes: $0).rounded } ?? ""
            return .init(kind: "GPU \(device.index)", text: "\(Self.name(of: device))\(memory): \(words(for: device))")
        }
    }

    private static func name(of device: Device) -> String {
        device.board == nil ? device.name : "\(device.name) (\(device.identifier))"
    }

    private enum State: String { case free, leased, busy, hidden }

    private func state(of device: Device) -> State {
        if listing.hidden.contains(device) { return .hidden }
        if leased.contains(device.identifier) { return .leased }
        return device.used ?? 0 > DeviceSelection.idle ? .busy : .free
    }

    private func words(for device: Device) -> String {
        switch state(of: device) {
        case .hidden: "kept from this process by its environment"
        case .leased:
            "leased"
                + (holders[device.identifier].map { $0.map(\.description) } ?? []).reduce("") { text, holder in
                    text + (text.isEmpty ? " by " : " and ") + holder
                }
        case .busy: "busy, \(device.use)"
        case .free: "free" + (device.used == nil ? ", as far as can be seen: it does not tell its memory's use" : "")
        }
    }

    var json: SettingValue {
        .array(
            (listing.devices + listing.hidden).map { device in
                .object([
                    "index": .int(device.index), "uuid": .string(device.identifier), "name": .string(device.name),
                    "vendor": .string(device.vendor.rawValue), "state": .string(state(of: device).rawValue),
                    "memory_bytes": Self.number(device.memory), "used_bytes": Self.number(device.used),
                    "utilization": Self.number(device.utilization),
                    "leases": .array((holders[device.identifier] ?? []).map(Self.json)),
                    "processes": .array(device.processes.map(Self.json)),
                ])
            })
    }

    private static func json(_ holder: LeaseHolders.Holder) -> SettingValue {
        .object(["study": .string(holder.study), "trial": .string(holder.trial), "process": .int(holder.process)])
    }

    private static func json(_ process: DeviceProcess) -> SettingValue {
        .object([
            "process": .int(process.number), "name": .string(process.name), "used_bytes": number(process.used),
        ])
    }

    private static func number(_ value: Int?) -> SettingValue { value.map(SettingValue.int) ?? .null }
}
