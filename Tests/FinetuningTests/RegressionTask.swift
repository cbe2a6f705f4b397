import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Tasks
import Tensors
import TrainerSettings

/// A task that the trainer has never heard of: the label is a number, and the model is to come near to it.
struct RegressionTask: TrainingTask {
    /// No setting means it: a run is told of it.
    static let setting = TrainerSettings.Task.sequenceClassification
    static let metrics = [
        MetricGoal(name: "eval_loss", greaterIsBetter: false), MetricGoal(name: "eval_error", greaterIsBetter: false),
    ]
    static let head: any TaskHead.Type = RegressionHead.self

    let head: any TaskHead = RegressionHead()

    init(labels: [String], file: String) throws(InputError) {
        guard Set(labels).count > 1 else { throw InputError(place: file, problem: "has one value alone") }
    }

    static func saved(in adapterFolder: String) throws -> (any TrainingTask)? { nil }

    static func summary(_ settings: TrainerSettings) throws(InputError) -> DataSummary {
        DataSummary(head: RegressionHead(), rows: [:], lines: [], remarks: [], sample: [])
    }

    func targets(of file: TokenizedFile, path: String) throws(InputError) -> Targets {
        var numbers: [Float] = []
        for (label, line) in zip(file.names, file.lines) {
            guard let number = Float(label) else {
                throw InputError(file: path, line: line, problem: "'\(label)' is no number")
            }
            numbers.append(number)
        }
        return Targets(values: file.labels.map { numbers[Int($0)] })
    }

    func line(training: TokenizedExamples, validation: TokenizedExamples) -> String {
        "train \(training.count) rows; validation \(validation.count) rows"
    }

    func evaluation() -> any TaskEvaluation { Evaluation() }

    struct Evaluation: TaskEvaluation {
        private var squares = RowMean()
        private var errors = RowMean()

        mutating func add(_ outputs: [Float], _ targets: Targets) {
            for (output, value) in zip(outputs, targets.values) {
                let error = Double(output - value)
                squares.add(error * error)
                errors.add(abs(error))
            }
        }

        /// Not every task can tell the standard error of every figure.
        var values: [MetricValue] {
            [
                MetricValue("eval_loss", squares.mean),
                MetricValue("eval_error", errors.mean, standardError: errors.standardError),
            ]
        }
    }
}

/// One number for each text, from a linear layer on its pooled row; its loss is the squared error.
struct RegressionHead: TaskHead {
    static let peftTaskType = "REGRESSION"
    static let rows = RowSelection.pooled
    static let (weight, bias) = ("score.weight", "score.bias")

    let outputCount = 1
    let peftValues: [String: SettingValue] = ["task_type": .string(peftTaskType)]

    func parameters(on model: any BackboneConfiguration) -> [ParameterSpec] {
        [
            ParameterSpec(
                Self.weight, shape: [1, model.hiddenSize], owner: .head, start: .normal(deviation: model.initializerRange)),
            ParameterSpec(Self.bias, shape: [1], owner: .head, decays: false, start: .zero),
        ]
    }

    func attached(to model: any Backbone, in layout: ParameterLayout, kernels: Kernels) -> any AttachedHead {
        Attached(
            hidden: model.configuration.hiddenSize, weight: layout.offset(of: Self.weight) ?? 0,
            bias: layout.offset(of: Self.bias) ?? 0)
    }

    func check(_ targets: Targets, rowCount: Int) throws(BatchError) {
        guard targets.values.count == rowCount else { throw BatchError(problem: "not one value for each text") }
    }

    func files() throws -> [FolderFile] { [] }
    func rowOrder(in adapterFolder: String) throws(CheckpointError) -> [Int]? { nil }
    static func verify(adapterFolder: String, _ tensors: SafetensorsFile) throws(CheckpointError) {}

    private final class Attached: AttachedHead {
        private let (hidden, weight, bias): (Int, Int, Int)

        init(hidden: Int, weight: Int, bias: Int) { (self.hidden, self.weight, self.bias) = (hidden, weight, bias) }

        func scratchCount(rows: Int) -> Int { rows }
        func pack(_ pass: Pass) {}

        func forward(_ rows: HiddenRows, targets: Targets, into outputs: Floats, scratch: Floats, pass: Pass) {
            for row in 0..<rows.rows.count {
                outputs[row] = (0..<hidden).reduce(pass.parameters[bias]) {
                    $0 + rows.values[row * hidden + $1] * pass.parameters[weight + $1]
                }
            }
        }

        func step(_ rows: HiddenRows, targets: Targets, weight share: Float, scratch: Floats, pass: Pass) -> Double {
            forward(rows, targets: targets, into: scratch, scratch: scratch, pass: pass)
            var loss = 0.0
            if let gradients = pass.gradients {
                for i in 0..<hidden { gradients[weight + i] = 0 }
                gradients[bias] = 0
            }
            for row in 0..<rows.rows.count {
                let error = scratch[row] - targets.values[rows.rows.first + row]
                loss += Double(error * error)
                guard let gradients = pass.gradients else { continue }
                let slope = 2 * error * share
                gradients[bias] += slope
                for i in 0..<hidden {
                    gradients[weight + i] += slope * rows.values[row * hidden + i]
                    rows.gradient?[row * hidden + i] = slope * pass.parameters[weight + i]
                }
            }
            return loss
        }
    }
}
