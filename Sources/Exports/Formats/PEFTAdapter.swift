import FoundationEssentials
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// A trial's adapter as PEFT's folder, or whatever another trainer has left as one.
struct PEFTAdapter: ExportFormat {
    let name = "peft"
    let summary = "the adapter's folder"
    let content = ExportContent.adapter
    let target = ExportTarget.folder(
        mark: "adapter_config.json",
        files: ModelExport.tokenizerFiles.union([
            "adapter_config.json", "adapter_model.safetensors", "adapter.safetensors", "model_head.safetensors",
            "head_config.json", "labels.json", "autolora.json", "README.md",
        ]))

    func write(_ source: ExportSource, to draft: String) throws {
        let (best, store) = (source.best, source.store)
        guard let adapter = best.adapter else {
            throw ExportError(
                "trial \(best.trial.id) left no adapter in \(store.folder.adapter(of: best.trial.id));"
                    + " a command trainer writes its own to AUTOLORA_TRIAL_DIR/adapter")
        }
        let isModel =
            !FileManager.default.fileExists(atPath: adapter + "/adapter_config.json")
            && FileManager.default.fileExists(atPath: adapter + "/config.json")
        guard !isModel else {
            let way = source.conversion == nil ? "copy it" : "take --format merged, which writes it with its card"
            throw ExportError(
                "trial \(best.trial.id) is a whole model, not an adapter: \(adapter) is a folder that transformers loads, and that "
                    + "`model` and `autolora generate --model` take; \(way)")
        }
        try AdapterCopy(bounds: store.folder.trial(best.trial.id)).copy(adapter, to: draft)
        try RepeatableConfiguration(best, store).nameModel(in: draft)
        guard let conversion = source.conversion else { return try writeCard(source, in: draft) }
        try ModelExport.asking(conversion) { try $0.complete(draft) }
    }

    /// What the trainer's README says, with a card at its head and what the adapter is worth at its end.
    private func writeCard(_ source: ExportSource, in draft: String, agreement: String? = nil, usage: String = "") throws {
        let readme = draft + "/README.md"
        let own = (try? RegularFile.read(readme)).map { String(decoding: $0, as: UTF8.self) }
        guard own != nil || source.origin != nil else { return }
        let study = try source.store.study()
        let card = source.origin.map { ModelCard(source.best, study, $0).added(to: own) }
        let read = agreement.map { "\nRead again from these files, the adapter answers as the trial does: \($0).\n" } ?? ""
        let text = (card ?? own ?? "") + read + usage + TrialWorth(source.best, study).section
        try AtomicFile.write([Data(text.utf8)], to: readme)
    }

    func verify(_ draft: String, of source: ExportSource) throws {
        try source.requireWhole(draft)
        guard let conversion = source.conversion else { return }
        let (agreement, usage) = try ModelExport.asking(conversion) {
            (try $0.verify(draft, as: name), try $0.usage(draft, as: name))
        }
        try writeCard(source, in: draft, agreement: agreement, usage: usage)
    }
}
