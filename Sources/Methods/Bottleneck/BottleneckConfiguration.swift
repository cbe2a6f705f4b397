package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// Bottleneck adapters: a small network of two layers behind blocks of each layer, as AdapterHub computes them.
///
/// Houlsby's (2019, `double_seq_bn`) stand behind attention and behind the feed-forward layers: h + up(silu(down h)) takes the place of what
/// the block gives. Pfeiffer's (2020, `seq_bn`) stand behind the feed-forward layers alone and read the layer's result: with x beside the
/// block, a BERT's layer gives LN(up(relu(down z)) + h + x) for z = LN(h + x), a decoder's r + up(relu(down r)) for r = h + x.
package struct BottleneckConfiguration: TuningMethod, Hashable {
    package var kind: TrainerSettings.BottleneckType
    /// The hidden size is so many times that of the bottleneck.
    package var reductionFactor: Int
    package var layers: TrainerSettings.LayerSelection
    /// Layers that an adapter's file leaves out.
    package var leftOut: [Int] = []
    /// What AdapterHub knows the adapter by.
    package var name = "default"

    package init(
        _ kind: TrainerSettings.BottleneckType, reductionFactor: Int = 16, layers: TrainerSettings.LayerSelection = .all
    ) {
        (self.kind, self.reductionFactor, self.layers) = (kind, reductionFactor, layers)
    }

    package init(_ settings: TrainerSettings) {
        self.init(settings.bottleneckType, reductionFactor: settings.reductionFactor, layers: settings.layersToTransform)
    }

    package var placement: Placement { Placement(targets: .names([]), layers: layers) }
    package var dropout: Double { 0 }

    /// The linear layers that blocks end with.
    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        guard let ends = model.blockEnds else {
            throw PlacementError(
                setting: "finetuning_type",
                problem:
                    "bottleneck adapters of a \(model.modelType) are not there: AdapterHub knows none; take another type, such as lora"
            )
        }
        let endings = kind == .houlsby ? [ends.attention, ends.output] : [ends.output]
        let chosen = try placement.selectedLayers(of: model)
        return model.sites(for: rows).filter { site in
            guard let layer = site.layer, chosen?.contains(layer) ?? !leftOut.contains(layer) else { return false }
            return endings.contains { $0.isOf(site) }
        }
    }

    private func inner(_ site: Site) -> Int { max(1, site.outputs / reductionFactor) }

    /// Weights are normal, as a BERT's start, and biases zero: not quite the model without them.
    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        let normal = ParameterSpec.Start.normal(deviation: 0.02)
        return sites.flatMap { site in
            let (width, inner) = (site.outputs, inner(site))
            return [
                ParameterSpec(site.name + Self.down + "weight", shape: [inner, width], owner: .adapter, start: normal),
                ParameterSpec(site.name + Self.down + "bias", shape: [inner], owner: .adapter, decays: false, start: .zero),
                ParameterSpec(site.name + Self.up + "weight", shape: [width, inner], owner: .adapter, start: normal),
                ParameterSpec(site.name + Self.up + "bias", shape: [width], owner: .adapter, decays: false, start: .zero),
            ]
        }
    }

    static let down = ".adapter_down.0."
    static let up = ".adapter_up."

    private func bottleneck(at site: Site, in layout: ParameterLayout, kernels: Kernels) -> Bottleneck? {
        func offset(_ name: String) -> Int? { layout.offset(of: site.name + name) }
        guard let down = offset(Self.down + "weight"), let downBias = offset(Self.down + "bias"),
            let up = offset(Self.up + "weight"), let upBias = offset(Self.up + "bias")
        else { return nil }
        return Bottleneck(
            width: site.outputs, inner: inner(site), kind == .houlsby ? .silu : .relu,
            at: .init(down: down, downBias: downBias, up: up, upBias: upBias), kernels: kernels)
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        guard kind == .houlsby, let site = sites.first else { return nil }
        return bottleneck(at: site, in: layout, kernels: kernels).map(BottleneckDelta.init)
    }

    package func insertion(behind site: Site, in layout: ParameterLayout, kernels: Kernels) -> (any LayerInsertion)? {
        kind == .pfeiffer ? bottleneck(at: site, in: layout, kernels: kernels) : nil
    }
}
