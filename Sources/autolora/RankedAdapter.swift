import Checkpoints
import Finetuning
import Foundation
import Methods
import Studies
import StudyStore
import StudyViews
import Tasks
import TrainerSettings

/// The adapter whose ranks are asked for, and what is known of its model and data.
struct RankedAdapter {
    let folder: String
    /// nil: nothing tells what it was trained on.
    private(set) var settings: TrainerSettings?
    /// nil: nothing names one.
    private(set) var metric: MetricGoal?
    /// Where the study keeps what can be computed again.
    private(set) var cache: String?
    /// How long it was trained, as far as it is on record.
    private(set) var trainSeconds: Double?
    /// Why there are no settings.
    private(set) var lack: String?

    /// - Throws: an error in one line that names the study, the file or the option, and what is wrong with it.
    init(_ source: String, _ studies: StudiesOption, trial: Int?, config: String?, data: String?, model: String?) throws {
        var configuration = config
        if FileManager.default.fileExists(atPath: AdapterFolder(source).configurationFile) {
            folder = source.trimmingSuffix("/")
            let beside = URL(filePath: folder).deletingLastPathComponent().path + "/config.json"
            if configuration == nil, FileManager.default.fileExists(atPath: beside),
                (try? TrialConfiguration(path: beside, isOnRecord: true)) != nil
            {
                configuration = beside
            }
        } else {
            try Self.requireNoOtherSource(source, studies)
            guard !source.contains("/") else {
                throw InputError(
                    place: source,
                    problem: "has no adapter_config.json; give an adapter's folder in PEFT's format, or a study's name")
            }
            let store = try StudyStore.open(try StudyFolder(root: studies.root, name: source), for: .reading)
            let best = try BestTrial(store, trial: trial)
            guard let adapter = best.adapter else {
                throw InputError(
                    place: "trial \(best.trial.id) of study '\(source)'", problem: "left no adapter; give another by --trial")
            }
            folder = adapter
            configuration = configuration ?? store.folder.configuration(of: best.trial.id)
            trainSeconds = best.trial.reports.last?.metrics["train_seconds"]
            cache = store.folder.cache
        }
        if let configuration {
            let read = try TrialConfiguration(path: configuration, isOnRecord: true)
            (settings, metric) = (read.settings, read.metric)
        }
        if let data { try read(data, model) }
        if let model { settings?.model = model }
        if settings == nil { lack = "nothing tells which rows it was trained on" }
    }

    /// Refuses what is neither an adapter nor a study, and is near to one.
    private static func requireNoOtherSource(_ source: String, _ studies: StudiesOption) throws {
        var isFolder: ObjCBool = false
        let files = FileManager.default
        guard !files.fileExists(atPath: studies.root + "/" + source), files.fileExists(atPath: source, isDirectory: &isFolder)
        else { return }
        if !isFolder.boolValue {
            throw InputError(
                place: source,
                problem: "is a file; with --probe it may be a configuration, without give an adapter's folder or a study's name"
            )
        }
        let inside = source.trimmingSuffix("/") + "/adapter"
        if FileManager.default.fileExists(atPath: AdapterFolder(inside).configurationFile) {
            throw InputError(place: source, problem: "has no adapter_config.json; its adapter is in \(inside): give that")
        }
    }

    /// Takes rows that the user names, and where there is no configuration the task and the model that the adapter names.
    private mutating func read(_ data: String, _ model: String?) throws {
        if settings != nil {
            settings?.validation = data
            return
        }
        settings = try TrainedAdapter(folder).settings(model: model, data: data)
    }

    /// What scoring took of the training's time, for people.
    func share(of seconds: Double) -> String {
        guard let trainSeconds, trainSeconds > 0 else { return "" }
        return
            ", \(SettingValue.short(100 * seconds / trainSeconds)) % of the \(SettingValue.short(trainSeconds)) s that it was trained"
    }
}
