package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// Matrix shard sharing (Kang and Yin 2024), PEFT's MiSS: y += fold(x) D at each site, with D [rank, outputs] from zero, and in fold(x) [rank]
/// the sums of the inputs whose numbers are equal modulo the rank.
package struct MissConfiguration: TuningMethod, Hashable {
    package var rank: Int
    /// Probability with which an entry of a site's input is dropped in training.
    package var dropout: Double
    package var placement: Placement

    package init(
        rank: Int = 8, dropout: Double = 0, targets: TrainerSettings.TargetModules? = nil,
        layers: TrainerSettings.LayerSelection = .all
    ) {
        (self.rank, self.dropout) = (rank, dropout)
        placement = Placement(targets: targets, layers: layers)
    }

    package init(_ settings: TrainerSettings) {
        self.init(
            rank: settings.rank, dropout: settings.loraDropout, targets: settings.targetModules,
            layers: settings.layersToTransform)
        placement.excluded = settings.excludedModules
    }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        let sites = try placement.sites(of: model, for: rows)
        if let site = sites.first(where: { $0.inputs < rank }) {
            throw PlacementError(
                setting: "r",
                problem: "r: \(rank) is more than the \(site.inputs) inputs of \(site.name), and miss takes at most these")
        }
        return sites
    }

    static let ending = ".miss_block"

    static func name(_ site: Site) -> String { site.name + ending }

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        sites.map { ParameterSpec(Self.name($0), shape: [rank, $0.outputs], owner: .adapter, start: .zero) }
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        MissDelta(self, at: sites, in: layout, kernels: kernels)
    }
}
