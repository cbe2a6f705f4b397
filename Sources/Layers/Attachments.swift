/// Whether gradients are ever wanted of a model, and what is kept for them. It changes no number.
package enum ModelUse: Sendable, Hashable {
    /// They are not: no weight is kept for their way back.
    case computing
    /// All that the backward reads is kept from the forward.
    case training
    /// What enters each layer is kept; the rest is computed again in the backward (Chen et al. 2016), for less memory and more time.
    /// A backbone that cannot keeps all.
    case checkpointing
}

/// What a backbone is loaded for: the rows that are wanted of it, and what is tuned on its layers.
package struct Attachments {
    package let rows: RowSelection
    /// In the order of computation.
    package let sites: [Site]
    /// Whether deltas of sites that read the same input each want a pass of their own, as dropout's masks differ by site.
    package let areSeparate: Bool
    /// Those of the sites whose input needs a gradient for what is tuned there, though nothing below may be tuned.
    package var passing: [Site] = []
    /// What stands before each text; nil: nothing.
    package var virtualTokens: (any VirtualTokens)?
    package var use = ModelUse.training
    /// The model's own tensors that are trained.
    package let trained: TrainedTensors
    /// Whether a tensor that is trained is a copy of the model's: of a matrix that it uses twice the other use stays as it is.
    package var savesCopies = false
    /// What the layers' weights lack once they are packed; nil: nothing. Such weights are nobody else's, and are kept in no cache.
    package var change: BaseChange?
    /// Gives what is put behind the block that ends with a site.
    package var insert: (Site) -> (any LayerInsertion)? = { _ in nil }
    private let make: ([Site]) -> (any LinearDelta)?

    /// - Parameter make: gives the delta of sites that read one input, of which some are tuned.
    package init(
        rows: RowSelection, sites: [Site] = [], areSeparate: Bool = false, trained: TrainedTensors = TrainedTensors(),
        make: @escaping ([Site]) -> (any LinearDelta)? = { _ in nil }
    ) {
        self.rows = rows
        self.sites = sites
        self.areSeparate = areSeparate
        self.trained = trained
        self.make = make
    }

    /// The lowest order of what is tuned; nothing below it needs a gradient. The greatest number where it is the head alone.
    package var lowestOrder: Int {
        use == .computing
            ? .max : (sites.map(\.order) + passing.map { $0.order - 1 } + [trained.lowestOrder]).min() ?? .max
    }

    /// Whether something is tuned on a site, or of it.
    package func tunes(_ site: Site) -> Bool { sites.contains(site) || trained.trains(site.name) }

    package func delta(at sites: [Site]) -> (any LinearDelta)? {
        sites.contains(where: self.sites.contains) ? make(sites) : nil
    }
}
