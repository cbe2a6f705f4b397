package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// Low-rank adaptation (Hu et al. 2021): y += alpha / rank * (x A^T) B^T at each site, with A [rank, inputs] and B [outputs, rank].
package struct LoRAConfiguration: TuningMethod, Hashable {
    package var rank: Int
    package var alpha: Double
    /// Probability with which an entry of an adapter's input is dropped in training.
    package var dropout: Double
    package var placement: Placement
    /// Ranks and alphas of the modules whose names match an expression (``ModulePattern``).
    package var rankPattern: [String: Int] = [:]
    package var alphaPattern: [String: Double] = [:]
    /// The scale is alpha over the root of the rank (Kalajdzievski 2023), PEFT's use_rslora.
    package var isRankStabilized = false
    /// Each output's row of weights is turned by LoRA and has a length of its own that is trained (Liu et al. 2024), PEFT's use_dora.
    package var isDecomposed = false
    /// Which of the model's own biases are trained.
    package var bias = TrainerSettings.Bias.none
    /// Modules of the model that are trained whole, by the ends of their names: PEFT's modules_to_save.
    package var savedModules: [String] = []
    package var savesCopies: Bool { true }
    /// Whether the matrices A stay as they start (``FrozenA``).
    package var freezesA = false
    /// How a fresh adapter starts, PEFT's init_lora_weights.
    package var start = TrainerSettings.AdapterStart.usual

    package init(
        rank: Int = 8, alpha: Double = 16, dropout: Double = 0, targets: TrainerSettings.TargetModules? = nil,
        layers: TrainerSettings.LayerSelection = .all
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        placement = Placement(targets: targets, layers: layers)
    }

    package init(_ settings: TrainerSettings) {
        self.init(
            rank: settings.rank, alpha: settings.loraAlpha, dropout: settings.loraDropout, targets: settings.targetModules,
            layers: settings.layersToTransform)
        placement.excluded = settings.excludedModules
        (rankPattern, alphaPattern) = (settings.rankPattern, settings.alphaPattern)
        (bias, savedModules) = (settings.bias, settings.savedModules)
        freezesA = settings.usesLoRAFA
        (isRankStabilized, isDecomposed, start) = (settings.usesRSLoRA, settings.usesDoRA, settings.adapterStart)
    }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        let sites = try adaptedSites(of: model, for: rows)
        if placement.isStrict { try SiteRanks.check(self, at: sites, of: model.sites(for: rows)) }
        try checkStart(at: sites)
        return sites
    }

    /// Its modules whatever their ranks: all that it names but what is trained whole.
    package func adaptedSites(
        of model: any BackboneConfiguration, for rows: RowSelection
    ) throws(PlacementError) -> [Site] {
        try outsideOfSaved(placement.sites(of: model, for: rows))
    }

    static let endingOfA = ".lora_A.weight"
    static let endingOfB = ".lora_B.weight"

    static func nameOfA(_ site: Site) -> String { site.name + endingOfA }
    static func nameOfB(_ site: Site) -> String { site.name + endingOfB }
    static func nameOfLengths(_ site: Site) -> String { site.name + ".lora_magnitude_vector" }

    /// The A's of sites that read one input lie end to end, so that they are multiplied as one matrix.
    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        let ranks = SiteRanks(self)
        var specs: [ParameterSpec] = []
        var rest = sites[...]
        while let first = rest.first {
            let together = rest.prefix { $0.order == first.order }
            rest = rest.dropFirst(together.count)
            specs += together.map { site in
                let rank = ranks.rank(of: site.name)
                let a = ParameterSpec(
                    Self.nameOfA(site), shape: [rank, site.inputs], owner: .adapter, start: startOfA(site, rank: rank))
                return freezesA ? a.frozen : a
            }
            specs += together.map { site in
                let rank = ranks.rank(of: site.name)
                return ParameterSpec(
                    Self.nameOfB(site), shape: [site.outputs, rank], owner: .adapter, start: startOfB(rank: rank)
                ).withOwnRate
            }
            guard isDecomposed else { continue }
            specs += together.map { site in
                ParameterSpec(Self.nameOfLengths(site), shape: [site.outputs], owner: .adapter, start: .one)
            }
        }
        return specs
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        guard let lowRank = LowRankDelta(self, at: sites, in: layout, kernels: kernels) else { return nil }
        return isDecomposed ? DecomposedDelta(lowRank, at: sites, in: layout) : lowRank
    }
}
