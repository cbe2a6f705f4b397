extension TrainerSettings {
    /// Where bottleneck adapters stand.
    package enum BottleneckType: String, Sendable, Hashable, CaseIterable {
        /// Behind attention and behind the feed-forward layers: AdapterHub's double_seq_bn.
        case houlsby
        /// Behind the feed-forward layers: AdapterHub's seq_bn.
        case pfeiffer
    }

    /// The rows of ``table`` that belong to bottleneck adapters.
    static let bottleneckRows: [TrainerSetting] = [
        TrainerSetting(
            "bottleneck_type", .method, \.bottleneckType, .word, "where bottleneck adapters stand, by their authors"
        ).forTypes(.bottleneck),
        TrainerSetting(
            "reduction_factor", .method, \.reductionFactor, .integer(1...65536),
            "how many times the hidden size is that of the bottleneck"
        ).forTypes(.bottleneck),
    ]
}
