package import TrainerSettings

/// What is adapted, and how strongly; scale = alpha / rank.
package struct LoRAConfiguration: Sendable, Hashable {
    package var rank: Int
    package var alpha: Double
    /// Probability with which an entry of an adapter's input is dropped in training.
    package var dropout: Double
    /// nil: PEFT's default for the architecture (BERT: query and value).
    package var targets: TrainerSettings.TargetModules?
    package var layers: TrainerSettings.LayerSelection

    package init(
        rank: Int = 8, alpha: Double = 16, dropout: Double = 0, targets: TrainerSettings.TargetModules? = nil,
        layers: TrainerSettings.LayerSelection = .all
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = targets
        self.layers = layers
    }

    package var scale: Double { alpha / Double(rank) }
}
