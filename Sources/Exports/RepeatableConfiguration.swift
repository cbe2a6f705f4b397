import FoundationEssentials
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// A trial's configuration as it has to be given to have the trial again.
struct RepeatableConfiguration {
    private let best: BestTrial
    private let store: StudyStore

    init(_ best: BestTrial, _ store: StudyStore) { (self.best, self.store) = (best, store) }

    /// Every setting of the built-in trainer, with what was left open as it was; for another program its parameters and, as `autolora`,
    /// how it was started.
    ///
    /// - Throws: `ExportError` where the trial's config.json cannot be read.
    func value() throws -> SettingValue {
        let path = store.folder.configuration(of: best.trial.id)
        let file: [String: SettingValue]
        do throws(JSONInputError) {
            file = try JSONInput.object(file: path, links: .refused)
        } catch {
            throw ExportError("\(error); the trial's configuration is lost")
        }
        guard case .object(let trainer)? = file["trainer"] else {
            throw ExportError("\(path): it has no object 'trainer'; the trial's configuration is lost")
        }
        if trainer["type"] != .string("command") { return .object(resolved(trainer)) }
        guard case .object(var parameters)? = file["parameters"] else { return .object(best.trial.assignment.values) }
        let launch = store.folder.launch(of: best.trial.id)
        if parameters["autolora"] == nil, FileManager.default.fileExists(atPath: launch) {
            do throws(JSONInputError) {
                parameters["autolora"] = .object(try JSONInput.object(file: launch, links: .refused))
            } catch {
                throw ExportError("\(error); how the program was started is lost")
            }
        }
        return .object(parameters)
    }

    /// Sums come out otherwise with other threads or another precision: those that were used are written down.
    private func resolved(_ trainer: [String: SettingValue]) -> [String: SettingValue] {
        var trainer = trainer
        if let threads = best.report.metrics["threads"].flatMap({ Int(exactly: $0) }), threads > 0 {
            trainer["threads"] = .int(threads)
        }
        if let precision = best.report.details["precision"] {
            trainer["base_precision"] = nil
            trainer["precision"] = .string(precision)
        }
        return trainer
    }

    /// Names the base model in an adapter's files by where it is now, or by its name on the hub.
    ///
    /// - Parameter folder: an adapter of the built-in trainer.
    func nameModel(in folder: String) throws {
        guard let name = best.modelName else { return }
        let path = folder + "/adapter_config.json"
        guard var configuration = try? JSONInput.object(file: path, links: .refused),
            configuration["base_model_name_or_path"] != nil
        else { return }
        configuration["base_model_name_or_path"] = .string(name)
        try AtomicFile.write([Data((JSONWriter.text(.object(configuration), .shown) + "\n").utf8)], to: path)
    }
}
