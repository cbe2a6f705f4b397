import Foundation
import SearchSpaces
import SpaceFiles
import Trainers
import TrialRunners

/// The graphics processors that a study's trials get, and how many of them run at the same time for it.
struct DeviceSetup {
    /// nil: trials share what there is, as they find it.
    private(set) var places: (any Places)?
    /// What the first launch would be told of its devices. Nothing is held for it.
    private(set) var firstPlace = Place()
    /// For people, once a run.
    private(set) var lines: [String] = []
    /// Trials that they serve at the same time; nil: any number.
    private(set) var mostWorkers: Int?
    /// What there is.
    private(set) var findings: [Preflight.Finding] = []

    /// - Parameters:
    ///   - specification: its `workers` become as many as its devices serve.
    ///   - workers: as many as were asked for; nil: that is left open.
    /// - Throws: `SpaceFileError` where the devices that the file asks for cannot be had.
    init(for specification: inout StudySpecification, _ file: SpaceFile, workers: Int?) async throws {
        let request = specification.devices
        guard specification.trainer.traits.usesDevices else { return }
        let machine = try Self.machine()
        guard request.choice != .none else {
            places = machine.places(for: nil, request)
            firstPlace = LocalDevices.firstPlace(for: nil)
            lines = ["GPUs: none, as the space file has it"]
            return
        }
        let listing = await machine.list()
        let report = DeviceReport(listing, of: machine)
        (findings, lines) = (report.lines, report.problems.map { "warning: \($0)" })
        let selection: DeviceSelection?
        do throws(DeviceRefusal) {
            selection = try machine.select(request, from: listing)
        } catch {
            throw file.refusal(ofKey: error.key.rawValue, error.description)
        }
        places = machine.places(for: selection, request)
        guard let selection else { return }
        firstPlace = LocalDevices.firstPlace(for: selection)
        mostWorkers = selection.places
        lines += selection.warnings.map { "warning: \($0)" }
        lines.append("GPUs: \(Self.words(for: selection))")
        specification.workers = workers ?? selection.places
        guard specification.workers > selection.places else { return }
        lines.append(
            "warning: \(specification.workers) trials at a time were asked for, and the GPUs serve \(selection.places); gpus_per_trial "
                + "says how many trials share one")
        specification.workers = selection.places
    }

    static func machine() throws -> LocalDevices {
        LocalDevices(executable: try StudySession.executable(), environment: ProcessInfo.processInfo.environment)
    }

    private static func words(for selection: DeviceSelection) -> String {
        var kinds: [(name: String, labels: [String])] = []
        for device in selection.devices {
            if let last = kinds.last, last.name == device.name {
                kinds[kinds.count - 1].labels.append(device.label)
            } else {
                kinds.append((device.name, [device.label]))
            }
        }
        let request = selection.request
        let share =
            request.perTrial < 1
            ? "\(request.trialsPerDevice) trials on each" : "\(request.devicesPerTrial) for each trial"
        return kinds.map { "\($0.labels.joined(separator: ", ")) (\($0.name))" }.joined(separator: ", ") + "; \(share)"
    }
}
