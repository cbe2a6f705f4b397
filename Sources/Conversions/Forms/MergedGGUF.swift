import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors
import Tokenizers
import TrainerSettings

/// One GGUF file of the whole language model, with the adapter as a part of it, as llama.cpp, Ollama and others load it.
struct MergedGGUF: ModelForm {
    let name = "gguf"
    let types = TensorTypes.names

    private static let templateKey = "tokenizer.chat_template"

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try trial.requireMergeable(as: name)
        guard trial.head.rows != .pooled else {
            throw ConversionError(
                "--format gguf: the trial classifies texts, and GGUF files are written of language models alone; take --format merged"
            )
        }
        let model = MergedModel(trial)
        let base: GGUFFile? = if case .gguf(let path) = try ModelPlace(trial.source) { try GGUFFile(path: path) } else { nil }
        let isTied = !model.tensors.contains { $0.name == "lm_head.weight" }
        guard isTied || !GGUFNames(architecture: trial.configuration.ggufArchitecture ?? "").tiesEmbeddings else {
            throw ConversionError(
                "--format gguf: llama.cpp takes the embeddings of a \(trial.configuration.modelType) for the vocabulary's matrix, and here "
                    + "that is another; take --format merged")
        }
        let types = TensorTypes(name: type ?? types[0], layerCount: trial.configuration.layerCount, isTied: isTied)
        var fields = try base.map { try Self.fields(of: $0) } ?? Self.fields(of: trial)
        if let number = types.fileType ?? (base == nil ? 0 : nil) {
            fields.removeAll { $0.key == "general.file_type" }
            fields.append(("general.file_type", .uint32(number)))
        }
        if let template = trial.template?.text {
            fields.removeAll { $0.key == Self.templateKey }
            fields.append((Self.templateKey, .text(template)))
        }
        let source = base == nil ? try WeightSources.open(trial.source) : nil
        let plan = try Plan(model, trial, types, base) { name in
            (try? source?.entry(name))?.typeName
        }
        try GGUFWriter(fields).write(plan.tensors, to: draft) { try plan.bytes($0, model, trial, base) }
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let tolerance = try TensorCheck(MergedModel(trial)).check(draft, as: WeightSources.open(draft))
        try TokenizerCheck(trial.source, draft).check(trial.areHeldOut ? trial.texts : [])
        let model = try TunedModel(
            modelFolder: draft, method: Untuned(), head: trial.head, seed: 0, storage: WeightStorage(.fp32), use: .computing)
        return (model, tolerance)
    }

    /// What llama.cpp computes only within the limits that the file states.
    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        guard case .folder = try ModelPlace(settings.model) else { return ModelUsage() }
        let remark = try? Architectures.configuration(of: settings.model).ggufRemark
        let others = (try? TokenizerCheck(settings.model, export).notes) ?? []
        return ModelUsage(notes: (remark.map { [$0] } ?? []) + others)
    }

    /// All that the base's file says, but what would be another's.
    private static func fields(of base: GGUFFile) throws -> [(key: String, value: GGUFField)] {
        base.metadata.copied.filter { !$0.key.hasPrefix("split.") && $0.key != "general.alignment" }
    }

    private static func fields(of trial: TrialModel) throws -> [(key: String, value: GGUFField)] {
        let vocabulary = try VocabularyParts(folder: trial.source, rows: trial.configuration.vocabularySize)
        var fields = try trial.configuration.ggufFields()
        fields.append(("general.quantization_version", .uint32(2)))
        vocabulary.modelName.map { fields.append(("general.name", .text($0))) }
        func add(_ key: String, _ value: GGUFField?) { value.map { fields.append(("tokenizer." + key, $0)) } }
        func id(_ number: Int?) -> GGUFField? { number.map { .uint32(UInt32($0)) } }
        add("ggml.model", .text(vocabulary.model))
        add("ggml.pre", vocabulary.pattern.map { .text($0) })
        add("ggml.tokens", .texts(vocabulary.tokens))
        if !vocabulary.scores.isEmpty { add("ggml.scores", .float32s(vocabulary.scores)) }
        add("ggml.token_type", .int32s(vocabulary.types.map(Int32.init)))
        if !vocabulary.merges.isEmpty || vocabulary.scores.isEmpty { add("ggml.merges", .texts(vocabulary.merges)) }
        add("ggml.bos_token_id", id(vocabulary.bos))
        add("ggml.eos_token_id", id(vocabulary.eos))
        add("ggml.unknown_token_id", id(vocabulary.unknown))
        add("ggml.padding_token_id", id(vocabulary.padding))
        add("ggml.add_bos_token", vocabulary.addsBOS.map { .flag($0) })
        add("ggml.add_eos_token", vocabulary.addsEOS.map { .flag($0) })
        add("ggml.add_space_prefix", vocabulary.addsSpacePrefix.map { .flag($0) })
        add("chat_template", vocabulary.chatTemplate.map { .text($0) })
        return fields
    }
}

extension MergedGGUF {
    /// What the file's tensors are, and where their numbers come from.
    private struct Plan {
        private(set) var tensors: [GGUFWriter.Tensor] = []
        private var sources: [String: ModelFiles.Tensor] = [:]

        /// - Parameter typeName: of a tensor in the model's folder.
        init(
            _ model: MergedModel, _ trial: TrialModel, _ types: TensorTypes, _ base: GGUFFile?,
            typeName: (String) -> String?
        ) throws {
            let architecture = trial.configuration.ggufArchitecture ?? ""
            for tensor in model.tensors {
                guard let own = GGUFNames(architecture: architecture).own(tensor.name) else {
                    throw ConversionError("--format gguf: GGUF files have no name for '\(tensor.name)'; take --format merged")
                }
                let told = base.map { $0.tensors[own]?.type } ?? Self.type(named: typeName(tensor.name))
                let stays = base != nil && types.name == "base" && !model.changes(tensor)
                let type = stays ? told ?? .f32 : types.type(of: own, shape: tensor.shape, base: told)
                tensors.append(.init(name: own, shape: tensor.shape, type: type))
                sources[own] = tensor
            }
            for (name, factors) in trial.configuration.ggufFactors.sorted(by: { $0.key < $1.key }) {
                tensors.append(.init(name: name, shape: [factors.count], type: .f32))
            }
        }

        private static func type(named name: String?) -> BlockType? {
            switch name {
            case "F16": .f16
            case "BF16": .bf16
            default: .f32
            }
        }

        func bytes(
            _ tensor: GGUFWriter.Tensor, _ model: MergedModel, _ trial: TrialModel, _ base: GGUFFile?
        ) throws -> [UInt8] {
            guard let source = sources[tensor.name] else {
                return BlockEncoder(tensor.type).bytes(
                    trial.configuration.ggufFactors[tensor.name] ?? [], columns: tensor.shape[0])
            }
            // What nothing has changed stays bit for bit.
            if let own = base?.tensors[tensor.name], own.type == tensor.type, let base, !model.changes(source) {
                return base.bytes(own)
            }
            let found = try model.values(source)
            var values = withExtendedLifetime(found) { Array(found.values) }
            let names = GGUFNames(architecture: trial.configuration.ggufArchitecture ?? "")
            let module = source.name.split(separator: ".").dropLast().joined(separator: ".")
            if names.pairsRows, let heads = trial.configuration.turnedHeads(ofModule: module) {
                values = RotaryRows.paired(values, rows: tensor.shape[0], heads: heads)
            }
            if names.addsOneToNorms, source.name.hasSuffix("norm.weight") { values = values.map { $0 + 1 } }
            return BlockEncoder(tensor.type).bytes(values, columns: tensor.shape[tensor.shape.count - 1])
        }
    }
}
