package import Checkpoints
import Layers

/// What a BERT's frozen tensors are called in a file, all after one prefix.
struct BertTensorNames {
    let prefix: String
    private let family: BertFamily

    static let words = "embeddings.word_embeddings.weight"
    static let positions = "embeddings.position_embeddings.weight"
    static let types = "embeddings.token_type_embeddings.weight"

    /// Takes the family's prefix ("bert.") or none where the tensors have it, else whatever stands before them all.
    ///
    /// - Throws: `CheckpointError` with the names that were found where no prefix, or more than one, makes them a BERT's.
    init(in files: WeightFiles, of configuration: BertConfiguration) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: files.path, problem: problem) }
        family = configuration.family
        if let usual = [configuration.family.prefix, ""].first(where: { files.contains($0 + Self.words) }) {
            prefix = usual
            return
        }
        let found = files.names
        let prefixes = found.filter { $0.hasSuffix("." + Self.words) }.map { String($0.dropLast(Self.words.count)) }
        guard let first = prefixes.first else {
            let some = found.prefix(6).joined(separator: ", ") + (found.count > 6 ? ", ..." : "")
            throw fail(
                "tensor '\(Self.words)' is missing, with and without a prefix; the file has \(found.count) tensors"
                    + (found.isEmpty ? "" : ": \(some)"))
        }
        let whole = prefixes.filter { prefix in
            Self.required(configuration).allSatisfy { tensor in tensor.names.contains { files.contains(prefix + $0) } }
        }
        guard whole.count < 2 else {
            throw fail(
                "has more than one BERT, after the prefixes \(whole.map { "'\($0)'" }.joined(separator: ", ")); keep one")
        }
        prefix = whole.first ?? first
    }

    /// Before the head's tensors, which are not the encoder's.
    var headPrefix: String { prefix.hasSuffix(family.prefix) ? String(prefix.dropLast(family.prefix.count)) : "" }

    /// A tensor that a BERT has to have, by the names that it may have.
    struct Required {
        let names: [String]
        /// nil: checked where it is read.
        let shape: [Int]?
    }

    /// All but the pooler, without which a model may come.
    static func required(_ c: BertConfiguration) -> [Required] {
        func norm(_ name: String) -> [Required] {
            [
                Required(names: [name + ".weight", name + ".gamma"], shape: [c.hiddenSize]),
                Required(names: [name + ".bias", name + ".beta"], shape: [c.hiddenSize]),
            ]
        }
        var embeddings = [
            Required(names: [words], shape: [c.vocabularySize, c.hiddenSize]),
            Required(names: [positions], shape: [c.positionRows, c.hiddenSize]),
        ]
        if c.family.hasTypes { embeddings.append(Required(names: [types], shape: nil)) }
        let linears = c.sites(for: .all).flatMap { linear($0, c.family) }
        let norms = (0..<c.layerCount).map(c.layerPath).flatMap { layer in
            norm(layer + c.family.names.attentionNorm) + norm(layer + c.family.names.outputNorm)
        }
        return embeddings + norm("embeddings.LayerNorm") + linears + norms
    }

    static func linear(_ site: Site, _ family: BertFamily) -> [Required] {
        let name = String(site.name.dropFirst(family.prefix.count))
        return [
            Required(names: [name + ".weight"], shape: [site.outputs, site.inputs]),
            Required(names: [name + ".bias"], shape: [site.outputs]),
        ]
    }
}

extension BertWeights {
    @discardableResult package func check() throws(CheckpointError) -> Int {
        var required = BertTensorNames.required(configuration)
        if hasPooler { required += BertTensorNames.linear(configuration.site(.pooler, layer: nil), configuration.family) }
        var count = 0
        for tensor in required {
            let names = tensor.names.map { prefix + $0 }
            let name = names.first(where: files.contains) ?? names[0]
            count += try files.entry(name, shape: tensor.shape).elementCount
        }
        if configuration.family.hasTypes { try checkTypeEmbeddings() }
        return count
    }
}
