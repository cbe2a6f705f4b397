import Foundation
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Writes a trial's model in the forms that serving programs load, and holds what it wrote against the trial. The training tower does
/// both: here is only known what the forms are called and which files they are.
package protocol ModelConversion {
    /// - Throws: an error in one line that names what the form cannot express.
    func write(as form: String, to draft: String) throws
    /// - Returns: how far the answers of what was written are from the trial's, for people; nil: there is no base to compute them with.
    /// - Throws: an error in one line where that is further than the form's numbers explain.
    func verify(_ draft: String, as form: String) throws -> String?
    /// Puts beside an adapter that was copied what its trial knows and its folder does not hold.
    func complete(_ draft: String) throws
    /// How a program loads what was written, as a section of its card; empty where there is nothing to say.
    func usage(_ draft: String, as form: String) throws -> String
}

/// A trial's model for a program that serves it: merged with the base, or as an adapter in that program's format.
struct ModelExport: ExportFormat {
    let name: String
    let summary: String
    let content = ExportContent.adapter
    let target: ExportTarget

    /// What loads the folder, as the Hugging Face hub names it.
    private var library: String { ["merged": "transformers", "mlx": "mlx"][name] ?? "peft" }

    func write(_ source: ExportSource, to draft: String) throws {
        try conversion(source) { try $0.write(as: name, to: draft) }
        try RepeatableConfiguration(source.best, source.store).nameModel(in: draft)
    }

    func verify(_ draft: String, of source: ExportSource) throws {
        let agreement = try conversion(source) { try $0.verify(draft, as: name) }
        let usage = try conversion(source) { try $0.usage(draft, as: name) }
        guard case .folder = target, let origin = source.origin, let agreement else { return }
        let study = try source.store.study()
        let text =
            "Trial \(source.best.trial.id) of study \(study.name), exported by `autolora export --format \(name)`. Read again from these"
            + " files, it answers as the trial does: \(agreement).\n"
        let card = ModelCard(source.best, study, origin).added(to: nil, library: library)
            .replacing("An adapter, trained by `autolora`.\n", with: text)
        try AtomicFile.write([Data((card + usage + TrialWorth(source.best, study).section).utf8)], to: draft + "/README.md")
    }

    private func conversion<Result>(
        _ source: ExportSource, _ body: (any ModelConversion) throws -> Result
    ) throws -> Result {
        guard let conversion = source.conversion else {
            let trial = source.best.trial.id
            guard let adapter = source.best.adapter else {
                throw ExportError("--format \(name): trial \(trial) left no adapter; give another by --trial")
            }
            throw ExportError(
                "--format \(name): \(adapter) is no adapter in PEFT's format, of which alone a model is written; take --format peft, which "
                    + "copies it as it is")
        }
        return try Self.asking(conversion, body)
    }

    static func asking<Result>(
        _ conversion: any ModelConversion, _ body: (any ModelConversion) throws -> Result
    ) throws -> Result {
        do { return try body(conversion) } catch let error where error is ExportError || error is StudyStoreError {
            throw error
        } catch { throw ExportError("\(error)") }
    }
}

extension ModelExport {
    /// What a base's tokenizer is made of.
    static let tokenizerFiles: Set = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "sentencepiece.bpe.model", "tokenizer.model", "chat_template.jinja",
    ]
    private static let modelFiles = tokenizerFiles.union([
        "config.json", "model.safetensors", "model.safetensors.index.json", "generation_config.json", "labels.json",
        "autolora.json", "README.md",
    ])

    static let all = [
        ModelExport(
            name: "merged", summary: "a Hugging Face folder of the model with the adapter in it",
            target: .folder(mark: "config.json", files: modelFiles)),
        ModelExport(name: "gguf", summary: "a GGUF file of the model with the adapter in it", target: ggufFile),
        ModelExport(name: "gguf-lora", summary: "the adapter as a GGUF file, for llama.cpp", target: ggufFile),
        ModelExport(
            name: "mlx", summary: "the adapter's folder, for mlx-lm",
            target: .folder(
                mark: "adapter_config.json",
                files: ["adapter_config.json", "adapters.safetensors", "chat_template.jinja", "README.md"])),
        ModelExport(
            name: "vllm", summary: "a plain LoRA folder, for vLLM and other servers",
            target: .folder(
                mark: "adapter_config.json",
                files: tokenizerFiles.union([
                    "adapter_config.json", "adapter_model.safetensors", "autolora.json", "README.md",
                ]))),
    ]

    /// Known by its first letters: a user's model may be one, and is then replaced with --force as an earlier export is.
    private static let ggufFile = ExportTarget.file { path in
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        return try file.read(upToCount: 4) == Data("GGUF".utf8) ? ["GGUF"] : []
    }
}
