import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// A PEFT folder that vLLM and other servers read as PEFT does: one rank, its scale in B, plain LoRA, short names of modules.
///
/// They ignore patterns and read rsLoRA differently; zeros fill lower ranks and modules that have no adapter.
struct PortableAdapter: ModelForm {
    let name = "vllm"

    /// What vLLM's --max-lora-rank may be.
    private static let ranks = [8, 16, 32, 64, 128, 256, 320, 512]
    /// What it is where nothing is said.
    private static let usualRank = 16

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try trial.requireFolder(as: name, of: "vLLM")
        let adapter = try AdapterTerms(trial, for: name)
        guard adapter.rank <= Self.ranks[Self.ranks.count - 1] else {
            throw ConversionError(
                "--format vllm: vLLM takes ranks up to 512, this one is \(adapter.rank); take --format merged")
        }
        let known = Dictionary(adapter.terms.map { ($0.module, $0) }) { first, _ in first }
        let adapted = trial.model.sites
        func short(_ site: Site) -> String { site.name.split(separator: ".").last.map(String.init) ?? site.name }
        let (names, layers) = (Set(adapted.map(short)), Set(adapted.compactMap(\.layer)))
        var tensors: [SafetensorsWriter.Tensor] = []
        for site in trial.configuration.sites(for: trial.head.rows) where names.contains(short(site)) {
            guard let layer = site.layer, layers.contains(layer) else { continue }
            let rank = adapter.rank
            let zeros = AdapterTerm(
                module: site.name, rank: rank, a: [Float](repeating: 0, count: rank * site.inputs),
                b: [Float](repeating: 0, count: site.outputs * rank))
            let term = known[site.name]?.padded(to: rank) ?? zeros
            let name = ParameterSpec.fullName(site.name)
            tensors.append(.init(name: name + ".lora_A.weight", shape: [rank, site.inputs], values: term.a))
            tensors.append(.init(name: name + ".lora_B.weight", shape: [site.outputs, rank], values: term.b))
        }
        let isEveryLayer = layers.count == trial.configuration.layerCount
        var values: [String: SettingValue] = [
            "alpha_pattern": .object([:]), "base_model_name_or_path": .string(trial.settings.model), "bias": .string("none"),
            "fan_in_fan_out": .bool(false), "inference_mode": .bool(true), "init_lora_weights": .bool(true),
            "layers_pattern": .null, "lora_alpha": .int(adapter.rank), "lora_dropout": .double(0), "peft_type": .string("LORA"),
            "r": .int(adapter.rank), "rank_pattern": .object([:]), "revision": .null,
            "target_modules": .array(names.sorted().map(SettingValue.string)), "use_dora": .bool(false),
            "use_rslora": .bool(false),
            "layers_to_transform": isEveryLayer ? .null : .array(layers.sorted().map(SettingValue.int)),
        ]
        values.merge(trial.head.peftValues) { own, _ in own }
        try AdapterFolder(draft).write(
            [(AdapterFiles.peft.adapter, tensors)], configuration: values,
            files: trial.head.files() + TrainingNotes.files(of: trial.adapter))
        try AdapterTokenizer.write(trial.settings, trial.template, in: draft)
    }

    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        let rank = try JSONInput.object(file: AdapterFolder(export).configurationFile)["r"]?.integer ?? 0
        let option = "--max-lora-rank \(Self.ranks.first { $0 >= rank } ?? rank)"
        var (words, usage) = (["vllm serve", settings.model.shellWord, "--enable-lora"], ModelUsage())
        if rank > Self.usualRank {
            words.append(option)
            usage.notes = [
                "start vLLM with \(option): it takes ranks up to \(Self.usualRank) unless it is told otherwise, and this adapter has \(rank)"
            ]
        }
        words.append("--lora-modules tuned=.")
        if let template {
            let option = "--chat-template \(TrainedTemplate.file)"
            words.append(option)
            usage.notes.append(template.note("vllm serve \(option)"))
        }
        usage.remarks = AdapterTokenizer.remarks(of: export)
        usage.commands = [words.joined(separator: " ")]
        return usage
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let folder = AdapterFolder(draft)
        let model = try TunedModel(
            modelFolder: trial.source, method: TuningMethods.method(of: folder), head: trial.head, seed: 0, initAdapter: draft,
            storage: WeightStorage(.fp32), use: .computing)
        if let lora = model.method as? LoRAConfiguration {
            let terms = lora.terms(of: model.parameters, at: model.sites).map { AdapterTerm($0) }
            try AdapterTerms(trial, for: name).check(terms, file: folder.tensorFile)
        }
        return (model, .exact)
    }
}
