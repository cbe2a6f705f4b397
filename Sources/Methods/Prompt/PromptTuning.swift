package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// Prompt tuning (Lester et al. 2021): rows that stand before each text's embedded tokens, and nothing else, are trained.
package struct PromptTuning: PromptMethod, Hashable {
    package static let peftType = "PROMPT_TUNING"

    package let virtualTokenCount: Int
    package var start: TrainerSettings.PromptStart

    package init(count: Int, start: TrainerSettings.PromptStart = .random) { (virtualTokenCount, self.start) = (count, start) }

    package init(_ settings: TrainerSettings) { self.init(count: settings.virtualTokens, start: settings.promptStart) }

    /// Of words drawn at random, or of a text that is cut to as many tokens or repeated, the rows that the model has for them.
    package func start(_ parameters: TrainableParameters, from start: TuningStart, seed: UInt64) throws {
        let tokens: [Int32]
        switch self.start {
        case .random: return
        case .vocabulary:
            var random = RandomSource(seed: RandomSource.derivedSeed(seed, 0x7072_6f6d_7074))
            let vocabulary: Int = start.weights.configuration.vocabularySize
            tokens = (0..<virtualTokenCount).map { _ in Int32(min(vocabulary - 1, Int(random.uniform() * Double(vocabulary)))) }
        case .text(let text):
            let found = try start.tokens(text)
            guard !found.isEmpty else {
                throw PlacementError(setting: "prompt_tuning_init_text", problem: "prompt_tuning_init_text: no token is in it")
            }
            let size: Int = start.weights.configuration.vocabularySize
            if let token = found.first(where: { !(0..<size).contains(Int($0)) }) {
                throw PlacementError(
                    setting: "prompt_tuning_init_text",
                    problem: "prompt_tuning_init_text: token \(token) is not in the model's vocabulary of \(size)")
            }
            tokens = (0..<virtualTokenCount).map { found[$0 % found.count] }
        }
        guard let offset = start.layout.offset(of: Self.name) else { return }
        let rows = try start.weights.embeddings(of: tokens)
        for (number, value) in rows.enumerated() { parameters.values[offset + number] = value }
    }
}

/// What methods have in common that train rows before each text's.
///
/// These are tuned at a site of their own, which comes before all layers: [virtual tokens, hidden].
package protocol PromptMethod: TuningMethod {
    init(count: Int)
    var virtualTokenCount: Int { get }
}

extension PromptMethod {
    package var placement: Placement { Placement() }
    package var dropout: Double { 0 }
    package static var memoryAdvice: [String] { ["a smaller num_virtual_tokens"] }

    static var name: String { "prompt_embeddings" }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        guard virtualTokenCount < model.positionCount else {
            throw PlacementError(
                setting: "num_virtual_tokens",
                problem: "num_virtual_tokens \(virtualTokenCount) leaves no room for a text; the model takes "
                    + "\(model.positionCount) tokens")
        }
        return [
            Site(name: Self.name, layer: nil, inputs: virtualTokenCount, outputs: model.hiddenSize, order: -1, stream: 0)
        ]
    }

    /// As torch's embeddings start.
    static func rows(_ site: Site) -> ParameterSpec {
        ParameterSpec(name, shape: [site.inputs, site.outputs], owner: .adapter, start: .normal(deviation: 1))
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? { nil }

    // Where nothing makes the rows, they are what is trained.
    package func parameters(at sites: [Site]) -> [ParameterSpec] { sites.map(Self.rows) }
    package func virtualTokens(
        at sites: [Site], in layout: ParameterLayout, kernels: Kernels
    ) -> (any VirtualTokens)? { PromptRows(at: sites, in: layout) }
}

/// The rows themselves are what is trained.
final class PromptRows: VirtualTokens {
    let count: Int
    let width: Int
    let range: Range<Int>
    private var packed: UnsafePointer<Float>?

    init?(at sites: [Site], in layout: ParameterLayout) {
        guard let site = sites.first, let offset = layout.offset(of: PromptTuning.name) else { return nil }
        (count, width) = (site.inputs, site.outputs)
        range = offset..<offset + count * width
    }

    var rows: UnsafePointer<Float> {
        guard let packed else { preconditionFailure("rows before any were packed") }
        return packed
    }

    func pack(_ pass: Pass) { packed = pass.parameters + range.lowerBound }
}
