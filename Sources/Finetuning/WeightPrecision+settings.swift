package import Backbones
package import Checkpoints
package import Tensors
package import TrainerSettings

extension WeightPrecision {
    /// What a setting comes to on this processor.
    package init(_ setting: TrainerSettings.Precision, kernels: Kernels = .current) {
        switch setting {
        case .fp32: self = .fp32
        case .bf16: self = .bf16
        case .auto, .quantized: self = kernels.multipliesBF16 ? .bf16 : .fp32
        }
    }
}

extension WeightStorage {
    package init(setting: TrainerSettings.Precision, cache: CacheFolder? = nil, kernels: Kernels = .current) {
        self.init(
            WeightPrecision(setting, kernels: kernels), keepsBlocks: setting == .quantized, cache: cache, kernels: kernels)
    }

    /// Of a trial. Weights that are all trained are fp32.
    package init(_ settings: TrainerSettings, cache: CacheFolder? = nil) {
        let isFull = settings.finetuningType == .full && settings.precision == .auto
        self.init(setting: isFull ? .fp32 : settings.precision, cache: cache)
    }

    /// What a setting that asks for this says: "bf16".
    var name: String { keepsBlocks ? TrainerSettings.Precision.quantized.rawValue : precision.rawValue }
}
