package import Tasks
import TrainerSettings

/// What an evaluation has to say: one JSON line, its keys always in this order.
package struct TrainingReport: Sendable, Hashable, Codable {
    /// Optimizer steps since the trial's beginning.
    package var step: Int
    package var epoch: Double
    /// Mean training loss since the report before.
    package var loss: Double
    /// Of the last step.
    package var learningRate: Double
    /// What the task's evaluation gave, in the task's order.
    package var metrics: [MetricValue]
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
    /// Whether it is the last one though there were steps left; nil: it is not.
    package var stoppedEarly: Bool?

    /// nil for a figure that says nothing of how good the adapter is.
    package func value(of metric: String) -> Double? { metric == "loss" ? loss : metrics.value(of: metric) }

    package var line: String {
        let before: [(key: String, value: SettingValue?)] = [
            ("step", .int(step)), ("epoch", .double(epoch)), ("loss", .double(loss)), ("learning_rate", .double(learningRate)),
        ]
        let after: [(key: String, value: SettingValue?)] = [
            ("tokens_per_second", .double(tokensPerSecond.rounded())),
            ("samples_per_second", .double((samplesPerSecond * 100).rounded() / 100)),
            ("trainable_parameters", .int(trainableParameters)), ("adapter_bytes", adapterBytes.map { .int($0) }),
            ("peak_memory_bytes", .int(peakMemoryBytes)),
            ("train_seconds", .double((trainSeconds * 1000).rounded() / 1000)),
            ("precision", .string(numerics.precision)), ("kernels", .string(numerics.kernels)),
            ("threads", .int(numerics.threads)), (TrainerSettings.stoppedEarly, stoppedEarly == true ? .int(1) : nil),
        ]
        let entries = before + metrics.entries.map { ($0.key, $0.value) } + after
        return JSONWriter.text(ordered: entries.compactMap { key, value in value.map { (key, $0) } }, .report)
    }
}

extension TrainingReport {
    private enum EarlierKeys: String, CodingKey, CaseIterable {
        case evalLoss, evalAccuracy, evalF1

        var metric: String {
            switch self {
            case .evalLoss: "eval_loss"
            case .evalAccuracy: "eval_accuracy"
            case .evalF1: "eval_f1"
            }
        }
    }

    /// Reads a checkpoint's report: version 0.1 had no list of metrics, but a field for each of these three.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Double { try fields.decode(Double.self, forKey: key) }
        if fields.contains(.metrics) {
            metrics = try fields.decode([MetricValue].self, forKey: .metrics)
        } else {
            let earlier = try decoder.container(keyedBy: EarlierKeys.self)
            metrics = try EarlierKeys.allCases.map { MetricValue($0.metric, try earlier.decode(Double.self, forKey: $0)) }
        }
        step = try fields.decode(Int.self, forKey: .step)
        epoch = try number(.epoch)
        loss = try number(.loss)
        learningRate = try number(.learningRate)
        tokensPerSecond = try number(.tokensPerSecond)
        samplesPerSecond = try number(.samplesPerSecond)
        trainableParameters = try fields.decode(Int.self, forKey: .trainableParameters)
        adapterBytes = try fields.decodeIfPresent(Int.self, forKey: .adapterBytes)
        peakMemoryBytes = try fields.decode(Int.self, forKey: .peakMemoryBytes)
        trainSeconds = try number(.trainSeconds)
        numerics = try fields.decode(Numerics.self, forKey: .numerics)
        stoppedEarly = try fields.decodeIfPresent(Bool.self, forKey: .stoppedEarly)
    }
}
