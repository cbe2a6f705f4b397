package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// IA3 (Liu et al. 2022): a vector of each site multiplies its outputs, y = l * (x W^T + bias), or the input of a feed-forward module,
/// y = (l * x) W^T + bias.
package struct IA3Configuration: TuningMethod, Hashable {
    package var placement: Placement
    /// Which of the sites have their inputs multiplied, by endings or by an expression for whole names; nil: PEFT's default for the
    /// architecture.
    package var feedForward: TrainerSettings.TargetModules?

    package var dropout: Double { 0 }

    /// PEFT's, of all architectures that it has any for.
    private static let usualFeedForward = TrainerSettings.TargetModules.names(["output.dense", "down_proj"])

    package init(
        targets: TrainerSettings.TargetModules? = nil, feedForward: TrainerSettings.TargetModules? = nil,
        layers: TrainerSettings.LayerSelection = .all
    ) {
        placement = Placement(targets: targets, layers: layers)
        self.feedForward = feedForward
    }

    package init(_ settings: TrainerSettings) {
        self.init(
            targets: settings.targetModules, feedForward: settings.feedForwardModules, layers: settings.layersToTransform)
        placement.excluded = settings.excludedModules
        placement.isStrict = !settings.isOnRecord
    }

    package func placement(on model: any BackboneConfiguration) -> Placement {
        var placement = placement
        placement.targets = placement.targets ?? .names(model.scalingTargets)
        return placement
    }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        if placement.targets == nil, model.scalingTargets.isEmpty {
            throw .targets(
                "no default for IA3 on a \(model.modelType), as PEFT has none: set target_modules, and feedforward_modules to those of "
                    + "them that have their inputs scaled" + Placement.known(model.sites(for: rows)))
        }
        let sites = try placement(on: model).sites(of: model, for: rows)
        guard placement.isStrict else { return sites }
        if feedForward == nil, model.scalingTargets.isEmpty {
            throw PlacementError(
                setting: "feedforward_modules",
                problem:
                    "no default for IA3's feedforward_modules on a \(model.modelType), as PEFT has none: set it to those of "
                    + "target_modules that have their inputs scaled, or to [] for none" + Placement.known(sites))
        }
        if let name = unmatched(among: sites) {
            throw PlacementError(
                setting: "feedforward_modules",
                problem: "feedforward_modules: '\(name)' is none of the modules that are tuned"
                    + Placement.known(sites, nearest: name))
        }
        return sites
    }

    /// A name that no site has; nil: there is none. All that PEFT names for one architecture or another may be named for any.
    private func unmatched(among sites: [Site]) -> String? {
        switch feedForward {
        case nil, .allLinear, Self.usualFeedForward: nil
        case .names(let names): names.first { name in !sites.contains { $0.name.hasSuffix(name) } }
        case .pattern(let pattern): sites.contains(where: scalesInput) ? nil : pattern
        }
    }

    /// By PEFT's rule: a name's end, or an expression for all of it.
    func scalesInput(_ site: Site) -> Bool {
        switch feedForward ?? Self.usualFeedForward {
        case .allLinear: true
        case .names(let names): names.contains { site.name.hasSuffix($0) }
        case .pattern(let pattern): (try? NamePattern(pattern))?.matches(site.name) ?? false
        }
    }

    package func readsInputGradient(at site: Site) -> Bool { scalesInput(site) }

    static let ending = ".ia3_l"

    static func name(_ site: Site) -> String { site.name + ending }

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        sites.map { site in
            let shape = scalesInput(site) ? [1, site.inputs] : [site.outputs, 1]
            return ParameterSpec(Self.name(site), shape: shape, owner: .adapter, start: .one)
        }
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        ScalingDelta(self, at: sites, in: layout)
    }
}
