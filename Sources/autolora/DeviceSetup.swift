import Foundation
import SearchSpaces
import SpaceFiles
import Trainers
import TrialRunners

/// What a study's trials get to run on: the graphics processors, and how many trials run at the same time for them; or a cluster's jobs.
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
        if let cluster = specification.cluster {
            try await ask(cluster, for: specification, file)
            return
        }
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

    /// Asks the cluster whether it would take the study's jobs.
    private mutating func ask(_ cluster: SlurmRequest, for specification: StudySpecification, _ file: SpaceFile) async throws {
        let queue = SlurmQueue(
            cluster, executable: try StudySession.executable(), environment: ProcessInfo.processInfo.environment)
        let check = await ClusterCheck(cluster, queue: queue, jobs: specification.workers, folder: specification.folder)
        if let refusal = check.refusal { throw file.refusal(ofKey: "runner.\(refusal.key)", refusal.problem) }
        findings = check.facts.map { .init(kind: $0.label, text: $0.text) }
        lines = check.warnings.map { "warning: \($0)" }
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
