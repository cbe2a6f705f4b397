package import Tensors

/// What one pass over a part of a batch reads and writes besides its activations.
package struct Pass {
    package let kernels: Kernels
    /// The flat run of trained parameters.
    package let parameters: UnsafePointer<Float>
    /// Of the same layout; nil when nothing is trained.
    package let gradients: Floats?
    /// Where the gradients of the model's own tensors are added up; nil when none is trained.
    package let baseGradients: Floats?
    /// Of a base that several share; nil: it is one model's alone.
    package var adapters: RowAdapters?
    package let dropout: Double
    package let dropoutSeed: UInt64

    package init(
        kernels: Kernels, parameters: UnsafePointer<Float>, gradients: Floats? = nil, baseGradients: Floats? = nil,
        dropout: Double = 0, dropoutSeed: UInt64 = 0
    ) {
        self.kernels = kernels
        self.parameters = parameters
        (self.gradients, self.baseGradients) = (gradients, baseGradients)
        self.dropout = gradients == nil ? 0 : dropout
        self.dropoutSeed = dropoutSeed
    }

    package var isTraining: Bool { gradients != nil }

    /// The mask of a site's input; nil when nothing is dropped.
    package func mask(of site: Site) -> Dropout? {
        guard dropout > 0 else { return nil }
        return Dropout(probability: dropout, key: RandomSource.derivedSeed(dropoutSeed, site.stream))
    }
}

/// Rows of activations: how many, and which number the first of them has in the whole batch (dropout's masks count so).
package struct Rows {
    package let count: Int
    package let first: Int

    package init(count: Int, first: Int) {
        self.count = count
        self.first = first
    }
}
