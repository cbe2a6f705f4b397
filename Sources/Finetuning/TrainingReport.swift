import TrainerSettings

/// What an evaluation has to say: one JSON line, its keys always in this order.
package struct TrainingReport: Sendable, Hashable, Codable {
    /// Optimiser steps since the trial's beginning.
    package var step: Int
    package var epoch: Double
    /// Mean training loss since the report before.
    package var loss: Double
    /// Of the last step.
    package var learningRate: Double
    package var evalLoss: Double
    package var evalAccuracy: Double
    package var evalF1: Double
    /// Real tokens a second in training steps alone, since the launch; 0 when no step was made.
    package var tokensPerSecond: Double
    package var samplesPerSecond: Double
    package var trainableParameters: Int
    /// Of adapter_model.safetensors; nil: the report is from a checkpoint of a version that did not tell.
    package var adapterBytes: Int?
    package var peakMemoryBytes: Int
    /// Seconds in training steps over the trial's whole life.
    package var trainSeconds: Double
    package var numerics: Numerics

    /// The names a metric may bear, with whether more of it is better.
    package static let metrics = TrainerSettings.evaluationMetrics

    package func value(of metric: String) -> Double? {
        switch metric {
        case "eval_accuracy": evalAccuracy
        case "eval_f1": evalF1
        case "eval_loss": evalLoss
        case "loss": loss
        default: nil
        }
    }

    package var line: String {
        jsonLine([
            ("step", String(step)), ("epoch", jsonNumber(epoch)), ("loss", jsonNumber(loss)),
            ("learning_rate", jsonNumber(learningRate)), ("eval_loss", jsonNumber(evalLoss)),
            ("eval_accuracy", jsonNumber(evalAccuracy)), ("eval_f1", jsonNumber(evalF1)),
            ("tokens_per_second", jsonNumber(tokensPerSecond.rounded())),
            ("samples_per_second", jsonNumber((samplesPerSecond * 100).rounded() / 100)),
            ("trainable_parameters", String(trainableParameters)), ("adapter_bytes", adapterBytes.map { String($0) }),
            ("peak_memory_bytes", String(peakMemoryBytes)),
            ("train_seconds", jsonNumber((trainSeconds * 1000).rounded() / 1000)),
            ("precision", "\"\(numerics.precision)\""), ("kernels", "\"\(numerics.kernels)\""),
            ("threads", String(numerics.threads)),
        ])
    }
}

/// A JSON object in one line, of values that are JSON already; what is nil is left out.
func jsonLine(_ fields: [(name: String, value: String?)]) -> String {
    "{" + fields.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }.joined(separator: ", ") + "}"
}

/// A number that Swift, Python and JSON read back as it was; what is no number as Python prints it.
func jsonNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "Infinity" : "-Infinity" }
    return "\(value)"
}
