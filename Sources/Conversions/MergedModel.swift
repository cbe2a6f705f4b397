import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors

/// A trial's model with the adapter as a part of it: every tensor under the name that Hugging Face's model has for it, merged in fp32
/// when it is asked for.
struct MergedModel {
    let tensors: [ModelFiles.Tensor]
    /// Whether the vocabulary's matrix has become another than the embeddings'.
    let isUntied: Bool
    private let trial: TrialModel
    private let own: [String: ModelTensor]
    private let sites: [String: Site]

    init(_ trial: TrialModel) {
        self.trial = trial
        let (configuration, head) = (trial.configuration, trial.head)
        var own = configuration.tensors(for: head.rows)
        // An embedding that was trained by itself leaves the matrix that it was one with.
        let trained = trial.model.parameters.entries.compactMap(\.spec.tensor)
        isUntied =
            head.rows != .pooled && !own.contains { $0.name == Self.output }
            && trained.contains { $0.order < 0 && $0.shape.count == 2 || $0.name == Self.output }
        if isUntied, let output = configuration.outputSite { own += output.tensors(hasBias: false) }
        self.own = Dictionary(own.map { ($0.name, $0) }) { first, _ in first }
        sites = Dictionary(trial.model.sites.map { ($0.name, $0) }) { first, _ in first }
        let added = head.parameters(on: configuration).map { ModelFiles.Tensor(name: $0.modelName, shape: $0.shape) }
        tensors = own.map { ModelFiles.Tensor(name: $0.name, shape: $0.shape) } + added
    }

    private static let output = "lm_head.weight"

    /// Whether a tensor is another than the base's files have.
    func changes(_ tensor: ModelFiles.Tensor) -> Bool {
        if trial.model.parameters.entries.contains(where: { $0.spec.owner != .adapter && $0.spec.modelName == tensor.name }) {
            return true
        }
        return own[tensor.name]?.modules.first.flatMap { sites[$0] } != nil
    }

    /// - Throws: `CheckpointError` naming the file and the tensor that cannot be read.
    func values(_ tensor: ModelFiles.Tensor) throws -> FloatTensor {
        let parameters = trial.model.parameters
        if let entry = parameters.entries.first(where: { $0.spec.owner != .adapter && $0.spec.modelName == tensor.name }) {
            return FloatTensor(copying: Array(parameters.values[entry.range]), shape: tensor.shape)
        }
        guard let own = own[tensor.name] else { preconditionFailure("a tensor of no model: \(tensor.name)") }
        let base = try trial.weights.tensor(own)
        guard let site = own.modules.first.flatMap({ sites[$0] }) else { return base }
        var values = withExtendedLifetime(base) { Array(base.values) }
        values.withUnsafeMutableBufferPointer { values in
            let layer =
                own.isBias
                ? MergedLayer(site, bias: values.baseAddress) : MergedLayer(site, weight: values.baseAddress)
            trial.model.method.merge(parameters, into: layer)
        }
        return FloatTensor(copying: values, shape: tensor.shape)
    }
}
