package import Tensors
package import TrainerSettings

extension WeightPrecision {
    /// What a setting comes to on this processor.
    package init(_ setting: TrainerSettings.Precision, kernels: Kernels = .current) {
        switch setting {
        case .fp32: self = .fp32
        case .bf16: self = .bf16
        case .auto: self = kernels.multipliesBF16 ? .bf16 : .fp32
        }
    }
}
