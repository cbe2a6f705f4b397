package import Adapters
package import TrainerSettings

extension LoRAConfiguration {
    package init(_ settings: TrainerSettings) {
        self.init(
            rank: settings.rank, alpha: settings.loraAlpha, dropout: settings.loraDropout, targets: settings.targetModules,
            layers: settings.layersToTransform)
    }
}
