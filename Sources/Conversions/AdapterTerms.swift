import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// What an adapter adds to a module, as a file of any format has it: B A, scaled already.
struct AdapterTerm: Sendable, Hashable {
    /// "model.layers.0.self_attn.q_proj"
    let module: String
    let rank: Int
    /// [rank, inputs]
    var a: [Float]
    /// [outputs, rank]
    var b: [Float]
    /// DoRA's [outputs]; nil: the rows keep the lengths that they have.
    var lengths: [Float]?

    /// - Parameter isScaled: whether the scale goes into B.
    init(_ term: LowRankTerm, isScaled: Bool = true) {
        (module, rank, a) = (term.site.name, term.rank, Array(term.a))
        (b, lengths) = (isScaled ? term.scaledB : Array(term.b), term.lengths.map(Array.init))
    }

    init(module: String, rank: Int, a: [Float], b: [Float], lengths: [Float]? = nil) {
        (self.module, self.rank, self.a, self.b, self.lengths) = (module, rank, a, b, lengths)
    }

    /// The same with ranks of zeros that change nothing.
    func padded(to rank: Int) -> AdapterTerm {
        guard rank > self.rank else { return self }
        let outputs = b.count / self.rank
        var wide = [Float](repeating: 0, count: outputs * rank)
        for row in 0..<outputs {
            for column in 0..<self.rank { wide[row * rank + column] = b[row * self.rank + column] }
        }
        let zeros = [Float](repeating: 0, count: (rank - self.rank) * a.count / self.rank)
        return AdapterTerm(module: module, rank: rank, a: a + zeros, b: wide, lengths: lengths)
    }
}

/// An adapter as a list of terms, which is all that other programs' formats hold.
struct AdapterTerms {
    let terms: [AdapterTerm]
    /// What all share, and which is not in B; 1: each one's is in its B.
    let scale: Float

    /// - Parameters:
    ///   - form: for messages.
    ///   - takesLengths: whether the form can express DoRA.
    ///   - sharesScale: whether it has one scale for all: what all have in common stays out of B.
    /// - Throws: ``ConversionError`` for what is more than low-rank terms.
    init(_ trial: TrialModel, for form: String, takesLengths: Bool = false, sharesScale: Bool = false) throws(ConversionError) {
        let others = "take --format \(trial.head.rows == .pooled ? "merged" : "merged or gguf")"
        func fail(_ problem: String) -> ConversionError { ConversionError("--format \(form): \(problem); \(others)") }
        guard let lora = trial.model.method as? LoRAConfiguration, trial.settings.finetuningType == .lora else {
            throw fail("finetuning_type \(trial.settings.finetuningType.rawValue) is no LoRA, which is all that it can express")
        }
        guard trial.head.parameters(on: trial.configuration).isEmpty else {
            throw fail("it has no room for a classifier's head, which the trial has trained")
        }
        if let other = trial.model.parameters.entries.first(where: { $0.spec.tensor != nil })?.spec.modelName {
            throw fail("it has no room for '\(other)', a tensor of the model that was trained too (bias or modules_to_save)")
        }
        guard takesLengths || !lora.isDecomposed else {
            throw fail("it has no room for DoRA's lengths (use_dora)")
        }
        let found = lora.terms(of: trial.model.parameters, at: trial.model.sites)
        let scales = Set(found.map(\.scale))
        let shared: Float = sharesScale && scales.count == 1 ? scales.first ?? 1 : 1
        scale = shared
        terms = found.map { AdapterTerm($0, isScaled: shared == 1) }
    }

    var rank: Int { terms.map(\.rank).max() ?? 1 }

    /// Holds what was read from a file against the terms, number for number: what a short training has changed may be less than the logits
    /// of half floats are off.
    ///
    /// - Parameter type: of the file's numbers.
    /// - Throws: ``ConversionError`` naming a module that is missing, another, or more than the trial has.
    func check(_ found: [AdapterTerm], in type: BlockType = .f32, file: String) throws(ConversionError) {
        func fail(_ module: String, _ problem: String) -> ConversionError {
            ConversionError(
                "\(file): is not the trial's adapter: '\(module)' \(problem). Nothing is left of it; report this as a fault of autolora"
            )
        }
        let found = Dictionary(found.map { ($0.module, $0) }) { first, _ in first }
        for term in terms {
            guard let other = found[term.module] else { throw fail(term.module, "is missing") }
            let own = term.padded(to: other.rank)
            guard other.rank == own.rank else { throw fail(term.module, "has rank \(other.rank), expected \(own.rank)") }
            let scaled = scale == 1 ? own.b : own.b.map { $0 * scale }
            for (name, mine, its, columns) in [
                ("A", own.a, other.a, own.a.count / own.rank), ("B", scaled, other.b, own.rank),
                ("lengths", own.lengths ?? [], other.lengths ?? [], 1),
            ] where !TensorCheck.holds(its, mine, type, columns: columns) {
                throw fail(
                    term.module,
                    "has another \(name): its numbers are off by \(Agreement.percent(TensorCheck.difference(its, mine))) of their size"
                )
            }
        }
        let known = Set(terms.map(\.module))
        // Zeros fill modules that have no adapter.
        if let other = found.values.first(where: { term in !known.contains(term.module) && term.b.contains { $0 != 0 } }) {
            throw fail(other.module, "is adapted, and the trial has no adapter there")
        }
    }

    /// The trial's model with these terms in place of its adapter, as they were read from a file.
    ///
    /// - Throws: ``ConversionError`` for a module that the model does not have, or sizes that are not its.
    static func model(_ terms: [AdapterTerm], on trial: TrialModel, file: String) throws -> TunedModel {
        let isDecomposed = terms.contains { $0.lengths != nil }
        let lora = LoRAConfiguration(holding: terms.map { ($0.module, $0.rank) }, isDecomposed: isDecomposed)
        let model = try TunedModel(
            modelFolder: trial.source, method: lora, head: trial.head, seed: 0, storage: WeightStorage(.fp32), use: .computing)
        let places = Dictionary(lora.terms(of: model.parameters, at: model.sites).map { ($0.site.name, $0) }) { first, _ in
            first
        }
        for term in terms {
            guard let place = places[term.module] else {
                throw ConversionError("\(file): '\(term.module)' is no module of the model")
            }
            guard place.a.count == term.a.count, place.b.count == term.b.count, place.lengths?.count == term.lengths?.count
            else {
                throw ConversionError(
                    "\(file): '\(term.module)' has \(term.a.count) and \(term.b.count) numbers, expected \(place.a.count) and \(place.b.count)"
                )
            }
            _ = place.a.update(fromContentsOf: term.a)
            _ = place.b.update(fromContentsOf: term.b)
            if let lengths = term.lengths { _ = place.lengths?.update(fromContentsOf: lengths) }
        }
        return model
    }
}
