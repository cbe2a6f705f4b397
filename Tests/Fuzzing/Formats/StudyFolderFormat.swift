import Checkpoints
import Exports
import Finetuning
import Foundation
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// A study's folder as somebody may send it, one of its files changed or something else in its place: what commands read of it.
///
/// The first byte of an input says which file, the second what stands there; what follows is the file's content.
struct StudyFolderFormat: Format {
    static let name = "commands"

    private enum Kind: UInt8, CaseIterable {
        case content, removed, folder, pipe, linkOut, linkToDevice, linkToNothing, hardLink
    }

    private static let parts = [
        "study.sqlite", "study.sqlite-wal", "study.sqlite-shm", "study.sqlite-journal", "lock", "cache", "trials/0",
        "trials/0/config.json", "trials/0/log.txt", "trials/0/parameters.json", "trials/0/adapter", "trials/0/checkpoint",
        "trials/0/launch.json", "trials/0/processes", "trials/0/output.txt", "trials/0/ahead.json", "trials/1",
        "trials/0/adapter/adapter_config.json", "trials/0/adapter/adapter_model.safetensors", "trials/0/adapter/labels.json",
        "trials/0/checkpoint/state.safetensors",
    ]

    private let root: String
    private let folder: StudyFolder
    private let settings: TrainerSettings
    /// The sound files.
    private let files: [String: [UInt8]]

    private var secret: String { root + "/secret" }
    private var output: String { root + "/out" }
    /// Refusals name one of several files, or the trial: ``read(_:)`` looks.
    var file: String? { nil }

    init(folder path: String) throws {
        root = path
        try Files.addTinyModel(to: path)
        folder = try StudyFolder(root: path, name: "sent")
        let values = TinyModel.settings(path)
        settings = try TrainerSettings(values: values)
        try Files.write(Array("secret".utf8), to: path + "/secret")
        try Self.record(values, in: folder)
        let trial = folder.trial(Trial.ID(0))
        _ = try TrainingRun(TrainingJob(settings: settings, outputFolder: trial, stopAfter: 1)).run(report: { _ in })
        let configuration = JSONWriter.text(.object(["trainer": .object(values), "seed": .int(7)]), .shown)
        try Files.write(Array(configuration.utf8), to: folder.configuration(of: Trial.ID(0)))
        try Files.write(Array("{\"step\": 2, \"eval_accuracy\": 0.5}\n".utf8), to: folder.log(of: Trial.ID(0)))
        var files: [String: [UInt8]] = [:]
        for name in Self.parts { files[name] = try? Files.read(folder.path + "/" + name) }
        self.files = files
    }

    private static func record(_ values: [String: SettingValue], in folder: StudyFolder) throws {
        let space = """
            {"metric": {"name": "eval_accuracy", "goal": "maximize"}, "run_cap": 2, "trainer": \(JSONWriter.text(.object(values), .shown)),
             "parameters": {"r": {"values": [2, 4]}}}
            """
        let store = try StudyStore.create(
            StudyRecord(
                name: "s", metric: "eval_accuracy", goal: .maximize, spaceFile: space, spaceFileName: "space.yaml", folder: "/",
                seed: 7, runCap: 2, workers: 1, createdAt: 100), in: folder)
        try store.beginRun(at: 100)
        var trial = Trial(id: Trial.ID(0), assignment: ["r": .int(4)])
        try store.add(trial, at: 110)
        (trial.state, trial.launches) = (.running, 1)
        try store.launched(trial, at: 111)
        try store.record(Report(iter: 1, step: 2, value: 0.5), of: trial.id, at: 112)
        trial.state = .paused
        try store.settle(trial, error: nil, logTail: nil, at: 120)
        try store.endRun("interrupted", finished: false, at: 140)
    }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        let part = random.below(Self.parts.count)
        let kind = random.oneIn(3) ? random.pick(Kind.allCases) : .content
        guard kind == .content else { return [UInt8(part), kind.rawValue] }
        return [UInt8(part), kind.rawValue] + content(of: Self.parts[part], using: &random)
    }

    private func content(of name: String, using random: inout SeededGenerator) -> [UInt8] {
        var bytes = files[name] ?? []
        if name.hasSuffix(".json"), random.oneIn(2), let tree = try? JSONTree(seed: String(decoding: bytes, as: UTF8.self)) {
            return tree.mutatedText(words: tree.words, using: &random)
        }
        if name.hasSuffix(".safetensors"), random.oneIn(2), let image = try? SafetensorsImage(bytes) {
            return image.mutated(words: image.header.words, using: &random)
        }
        for _ in 0..<random.pick([1, 1, 4, 32]) { bytes.mutateBytes(using: &random) }
        return bytes
    }

    private func put(_ input: [UInt8]) throws {
        try? FileManager.default.removeItem(atPath: folder.path)
        try? FileManager.default.removeItem(atPath: output)
        for part in ["adapter", "checkpoint"] {
            try FileManager.default.createDirectory(
                atPath: folder.trial(Trial.ID(0)) + "/" + part, withIntermediateDirectories: true)
        }
        for (name, bytes) in files { try Files.write(bytes, to: folder.path + "/" + name) }
        guard input.count >= 2, let kind = Kind(rawValue: input[1] % UInt8(Kind.allCases.count)) else { return }
        let path = folder.path + "/" + Self.parts[Int(input[0]) % Self.parts.count]
        try? FileManager.default.removeItem(atPath: path)
        switch kind {
        case .content: try Files.write(Array(input.dropFirst(2)), to: path)
        case .removed: break
        case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        case .pipe: mkfifo(path, 0o600)
        case .linkOut: symlink(secret, path)
        case .linkToDevice: symlink("/dev/zero", path)
        case .linkToNothing: symlink(root + "/nothing", path)
        case .hardLink: link(secret, path)
        }
    }

    /// Each command for itself, as a refusal of one must not spare the others.
    func read(_ input: [UInt8]) throws {
        try put(input)
        let refusals = [list, status, verify, export, evaluate, resume].compactMap { command -> (any Error)? in
            do { try command() } catch { return error }
            return nil
        }
        let others = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        precondition(!others.contains("nothing"), "something was written through a link")
        precondition((try? Files.read(secret)) == Array("secret".utf8), "a file outside the study was written")
        for refusal in refusals {
            let text = "\(refusal)"
            precondition(
                [root, "study 's'", "trial 0"].contains { text.contains($0) }, "a refusal names no place: \(text.prefix(300))")
        }
        if let refusal = refusals.first { throw refusal }
    }

    private func store() throws -> StudyStore { try StudyStore.open(folder, for: .reading) }

    private func list() throws {
        for name in StudyFolder.names(in: root) {
            _ = try StudyStatus(StudyStore.open(StudyFolder(root: root, name: name), for: .reading), now: 200).json
        }
    }

    private func status() throws {
        let store = try store()
        let table = try TrialTable(store)
        _ = (try StudyStatus(store, now: 200).json, JSONWriter.text(table.json, .shown), table.csv, try BestTrial(store).json)
    }

    private func verify() throws {
        let store = try store()
        _ = store.damages()
        try folder.requireOwnFiles(of: Trial.ID(0))
        _ = try? CheckpointFiles.open(CheckpointFiles(folder.checkpoint(of: Trial.ID(0))).newest)
        try TrainedAdapter(folder.adapter(of: Trial.ID(0))).verify(isOurs: true)
    }

    private func export() throws {
        let store = try store()
        let best = try BestTrial(store)
        let source = ExportSource(best, of: store) { copy in
            let adapter = copy ?? folder.adapter(of: best.trial.id)
            do throws(CheckpointError) { try TrainedAdapter(adapter).verify(isOurs: true) } catch {
                return StudyDamage(place: error.path, problem: error.problem, advice: "")
            }
            return nil
        }
        // The others are refused without what the trial's trainer makes of its files.
        for format in ["json", "yaml", "peft"].compactMap(ExportFormats.named) {
            _ = try TrialExport(source, as: format).write(to: output + "/" + format.name, force: true)
        }
    }

    private func evaluate() throws {
        _ = try? TrialConfiguration(file: folder.configuration(of: Trial.ID(0)))
        _ = try AdapterEvaluation(settings, adapterFolder: folder.adapter(of: Trial.ID(0)), split: .validation)
    }

    private func resume() throws {
        let lock = try StudyLock(folder)
        let store = try StudyStore.open(folder, for: .writing).held(by: lock)
        let specification = try store.spaceFile().specification
        for trial in try store.trials() { try folder.requireOwnFiles(of: trial.record.id) }
        _ = try Suggester(specification: specification, earlier: try store.earlierStudies())
        try store.beginRun(at: store.latestTime())
        _ = (try store.history(), try store.events())
        try store.endRun("interrupted", finished: false, at: 200)
        _ = consume lock
    }
}
