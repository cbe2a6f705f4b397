import Backbones
import Checkpoints
import Finetuning
import Tensors
import TrainerSettings

/// A LoRA adapter in one GGUF file, as llama.cpp loads it beside its base (`--lora`). Each module's scale is in its B, and
/// `adapter.lora.alpha` is 0: llama.cpp knows one alpha over the rank, and neither rsLoRA nor patterns.
struct GGUFAdapter: ModelForm {
    let name = "gguf-lora"
    let types = ["f32", "f16"]

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        let adapter = try AdapterTerms(trial, for: name)
        guard let architecture = trial.configuration.ggufArchitecture else {
            throw ConversionError(
                "--format gguf-lora: GGUF files have no \(trial.configuration.modelType) with an adapter; take --format merged")
        }
        let names = GGUFNames(architecture: architecture)
        var tensors: [GGUFWriter.Tensor] = []
        var values: [String: [Float]] = [:]
        let block: BlockType = type == "f16" ? .f16 : .f32
        for term in adapter.terms {
            guard let own = names.own(term.module + ".weight") else {
                throw ConversionError("--format gguf-lora: GGUF files have no name for '\(term.module)'; take --format merged")
            }
            let outputs = term.b.count / term.rank
            var b = term.b
            if names.pairsRows, let heads = trial.configuration.turnedHeads(ofModule: term.module) {
                b = RotaryRows.paired(b, rows: outputs, heads: heads)
            }
            let shapes = [("lora_a", [term.rank, term.a.count / term.rank], term.a), ("lora_b", [outputs, term.rank], b)]
            for (ending, shape, numbers) in shapes {
                tensors.append(.init(name: "\(own).\(ending)", shape: shape, type: block))
                values["\(own).\(ending)"] = numbers
            }
        }
        let fields: [(key: String, value: GGUFField)] = [
            ("general.architecture", .text(architecture)), ("general.type", .text("adapter")),
            ("adapter.type", .text("lora")), ("adapter.lora.alpha", .float32(0)),
        ]
        try GGUFWriter(fields).write(tensors, to: draft) {
            BlockEncoder(block).bytes(values[$0.name] ?? [], columns: $0.shape[1])
        }
    }

    /// llama.cpp knows our templates by the same names.
    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        guard let template else { return ModelUsage() }
        let way =
            template.name.map { "--chat-template \($0)" }
            ?? "--chat-template-file \(TrainedTemplate.file), which --format peft writes"
        return ModelUsage(notes: ["it was trained with \(template.title); start llama-server with \(way)"])
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let file = try GGUFFile(path: draft)
        let (terms, isHalf) = try Self.terms(in: file, trial.configuration)
        try AdapterTerms(trial, for: name).check(terms, in: isHalf ? .f16 : .f32, file: draft)
        return (try AdapterTerms.model(terms, on: trial, file: draft), isHalf ? .half : .exact)
    }

    /// What llama.cpp makes of the file.
    static func terms(
        in file: GGUFFile, _ configuration: any BackboneConfiguration
    ) throws -> (terms: [AdapterTerm], isHalf: Bool) {
        func fail(_ problem: String) -> ConversionError { ConversionError("\(file.path): \(problem)") }
        let architecture = try file.metadata.architecture()
        guard try file.metadata.string("general.type") == "adapter", try file.metadata.string("adapter.type") == "lora",
            architecture == configuration.ggufArchitecture
        else { throw fail("is no LoRA adapter of a \(configuration.ggufArchitecture ?? configuration.modelType)") }
        let names = GGUFNames(architecture: architecture)
        let alpha = Float(try file.metadata.number("adapter.lora.alpha") ?? 0)
        var terms: [AdapterTerm] = []
        for (own, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) where own.hasSuffix(".lora_a") {
            let weight = String(own.dropLast(".lora_a".count))
            guard let other = file.tensors[weight + ".lora_b"] else { throw fail("tensor '\(weight).lora_b' is missing") }
            let (a, b) = (try file.floats(own), try file.floats(weight + ".lora_b"))
            let (rank, outputs) = (tensor.shape[0], other.shape[0])
            guard tensor.shape.count == 2, other.shape == [outputs, rank] else {
                throw fail("tensor '\(weight).lora_b' has shape \(other.shape), expected \(rank) columns")
            }
            let module = String(names.name(weight).dropLast(".weight".count))
            var rows = alpha == 0 ? b : b.map { $0 * alpha / Float(rank) }
            if names.pairsRows, let heads = configuration.turnedHeads(ofModule: module), outputs % (2 * heads) == 0 {
                rows = RotaryRows.apart(rows, rows: outputs, heads: heads)
            }
            terms.append(AdapterTerm(module: module, rank: rank, a: a, b: rows))
        }
        guard 2 * terms.count == file.tensors.count else { throw fail("has tensors that are no pair of an adapter's") }
        return (terms, file.tensors.values.contains { $0.type != .f32 })
    }
}
