import Backbones
import Checkpoints
import Finetuning
import FoundationEssentials
import Layers
import TrainerSettings

/// A LoRA or DoRA adapter in mlx-lm's folder: adapters.safetensors and adapter_config.json. mlx-lm adapts the last `num_layers` layers with
/// one rank and one scale; lower ranks get zeros, and scales that differ are in B. Modules without tensors stay as they are.
struct MLXAdapter: ModelForm {
    let name = "mlx"

    private static let file = "adapters.safetensors"

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try trial.requireFolder(as: name, of: "mlx-lm")
        let missing = RotaryLack.keys(missingIn: (try? JSONInput.object(file: trial.source + "/config.json")) ?? [:])
        guard missing.isEmpty else {
            throw ConversionError(
                "--format mlx: the base's config.json says how positions turn under rope_parameters alone, and mlx-lm reads "
                    + "\(missing.joined(separator: ", ")): its answers would be others; add them there, or take --format merged, which says both"
            )
        }
        let adapter = try AdapterTerms(trial, for: name, takesLengths: true, sharesScale: true)
        let sites = Dictionary(trial.model.sites.map { ($0.name, $0) }) { first, _ in first }
        var tensors: [SafetensorsWriter.Tensor] = []
        var (keys, lowest): (Set<String>, Int) = ([], trial.configuration.layerCount)
        for term in adapter.terms {
            guard let layer = sites[term.module]?.layer, let key = Self.key(term.module, layer: layer) else {
                throw ConversionError("--format mlx: '\(term.module)' is in no layer; take --format merged")
            }
            keys.insert(key)
            lowest = min(lowest, layer)
            let wide = term.padded(to: adapter.rank)
            let (inputs, outputs) = (wide.a.count / wide.rank, wide.b.count / wide.rank)
            tensors.append(
                .init(
                    name: term.module + ".lora_a", shape: [inputs, wide.rank],
                    values: Matrix.transposed(wide.a, rows: wide.rank)))
            tensors.append(
                .init(
                    name: term.module + ".lora_b", shape: [wide.rank, outputs],
                    values: Matrix.transposed(wide.b, rows: outputs)))
            if let lengths = wide.lengths {
                tensors.append(.init(name: term.module + ".m", shape: [outputs], values: lengths))
            }
        }
        let isDecomposed = adapter.terms.contains { $0.lengths != nil }
        let values: [String: SettingValue] = [
            "fine_tune_type": .string(isDecomposed ? "dora" : "lora"),
            "num_layers": .int(trial.configuration.layerCount - lowest),
            "lora_parameters": .object([
                "rank": .int(adapter.rank), "scale": .double(Double(adapter.scale)), "dropout": .double(0),
                "keys": .array(keys.sorted().map(SettingValue.string)),
            ]),
        ]
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        try SafetensorsWriter.write(tensors, metadata: ["format": "mlx"], to: draft + "/" + Self.file)
        try FolderFile(json: .object(values), as: "adapter_config.json", style: .shown).write(in: draft)
        try trial.template?.folderFile.write(in: draft)
    }

    /// `mlx_lm.generate` takes no template of others.
    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        let place = "--model \(settings.model.shellWord) --adapter-path ."
        let lacks = MLXLack.notes(of: settings.model)
        guard let template else {
            return ModelUsage(
                notes: lacks, commands: ["mlx_lm.generate \(place) --prompt 'Good morning'", "mlx_lm.server \(place)"])
        }
        let option = "--chat-template \"$(cat \(TrainedTemplate.file))\""
        return ModelUsage(
            notes: lacks + [template.note("mlx_lm.server \(option)")], commands: ["mlx_lm.server \(place) \(option)"])
    }

    /// "self_attn.q_proj"
    private static func key(_ module: String, layer: Int) -> String? {
        module.firstRange(of: ".\(layer).").map { String(module[$0.upperBound...]) }
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let terms = try Self.terms(in: draft, trial.model.configuration)
        try AdapterTerms(trial, for: name, takesLengths: true, sharesScale: true).check(terms, file: draft + "/" + Self.file)
        return (try AdapterTerms.model(terms, on: trial, file: draft + "/" + Self.file), .exact)
    }

    /// What mlx-lm makes of the folder.
    static func terms(in folder: String, _ configuration: any BackboneConfiguration) throws -> [AdapterTerm] {
        let path = folder + "/adapter_config.json"
        func fail(_ problem: String) -> ConversionError { ConversionError("\(path): \(problem)") }
        let values = try JSONInput.object(file: path)
        guard case .object(let lora)? = values["lora_parameters"], let rank = lora["rank"]?.integer,
            let scale = lora["scale"]?.number, case .array(let keys)? = lora["keys"], let count = values["num_layers"]?.integer
        else { throw fail("lacks num_layers, or rank, scale or keys under lora_parameters") }
        let file = try SafetensorsFile(path: folder + "/" + Self.file)
        let layers = configuration.layerCount - count..<configuration.layerCount
        let known = Set(keys.compactMap(\.text))
        var terms: [AdapterTerm] = []
        for name in file.entries.keys.sorted() where name.hasSuffix(".lora_a") {
            let module = String(name.dropLast(".lora_a".count))
            let layer = module.split(separator: ".").compactMap { Int($0) }.first
            guard let layer, layers.contains(layer), let key = key(module, layer: layer), known.contains(key) else {
                throw fail("adapts no '\(module)', of which the file has tensors")
            }
            let (a, b) = (try file.tensor(name), try file.tensor(module + ".lora_b"))
            guard a.shape.count == 2, a.shape[1] == rank, b.shape.first == rank else {
                throw fail("rank is \(rank), and '\(module)' has \(a.shape) and \(b.shape)")
            }
            let lengths = values["fine_tune_type"]?.text == "dora" ? try file.tensor(module + ".m") : nil
            terms.append(
                AdapterTerm(
                    module: module, rank: rank, a: Matrix.transposed(Array(a.values), rows: a.shape[0]),
                    b: Matrix.transposed(b.values.map { $0 * Float(scale) }, rows: rank),
                    lengths: lengths.map { Array($0.values) }))
        }
        return terms
    }
}

enum Matrix {
    /// - Parameter values: so many rows, one after another.
    static func transposed(_ values: [Float], rows: Int) -> [Float] {
        let columns = values.count / max(1, rows)
        var turned = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { turned[column * rows + row] = values[row * columns + column] }
        }
        return turned
    }
}
