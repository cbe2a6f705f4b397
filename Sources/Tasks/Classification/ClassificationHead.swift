package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// A linear layer on the pooled row of each text, as Hugging Face's sequence classifiers have it.
package struct ClassificationHead: TaskHead, Hashable {
    package static let peftTaskType = "SEQ_CLS"
    package static let rows = RowSelection.pooled

    /// In the order of their classes' numbers.
    package let labels: [String]
    /// What it is trained by; an evaluation's loss is the plain one.
    package var loss = CrossEntropy()

    package init(labels: [String]) { self.labels = labels }

    package func whole(of targets: Targets, rowCount: Int) -> Double { loss.whole(of: targets.classes) }

    package var outputCount: Int { labels.count }

    /// As the checkpoint has them, else the weight normal and the bias zero. As in Hugging Face's Trainer, biases do not decay.
    package func parameters(on model: any BackboneConfiguration) -> [ParameterSpec] {
        let classifier = model.classifier
        let weight = ParameterSpec(
            classifier.weightName, shape: [labels.count, model.hiddenSize], owner: .head,
            start: .checkpoint(classifier.weightName, otherwise: .normal(deviation: model.initializerRange)))
        guard classifier.hasBias else { return [weight] }
        let bias = ParameterSpec(
            classifier.biasName, shape: [labels.count], owner: .head, decays: false,
            start: .checkpoint(classifier.biasName, otherwise: .zero))
        return [weight, bias]
    }

    package func attached(to model: any Backbone, in layout: ParameterLayout, kernels: Kernels) -> any AttachedHead {
        let (classifier, hidden): (ClassifierShape, Int) = (model.configuration.classifier, model.configuration.hiddenSize)
        guard let weight = layout.offset(of: classifier.weightName) else {
            preconditionFailure("a layout without the head's parameters")
        }
        let bias = layout.offset(of: classifier.biasName)
        return LinearHead(
            classes: labels.count, hidden: hidden, weightOffset: weight, biasOffset: bias, loss: loss, kernels: kernels)
    }

    package func check(_ targets: Targets, rowCount: Int) throws(BatchError) {
        let known = 0..<Int32(labels.count)
        guard targets.classes.count == rowCount, targets.classes.allSatisfy(known.contains) else {
            throw BatchError(problem: "not one known label for each of \(rowCount) sequences")
        }
    }

    package var peftValues: [String: SettingValue] {
        [
            "modules_to_save": .array([.string("classifier"), .string("score")]),
            "task_type": .string(Self.peftTaskType),
        ]
    }

    package func files() throws -> [FolderFile] { LabelFile.files(labels) }

    package func rowOrder(in adapterFolder: String) throws(CheckpointError) -> [Int]? {
        try LabelFile(adapterFolder: adapterFolder).classes(of: labels)
    }

    package static func verify(adapterFolder: String, _ tensors: SafetensorsFile) throws(CheckpointError) {
        let weights = ["classifier.weight", "score.weight"].compactMap { tensors.entries[ParameterSpec.fullName($0)] }
        try LabelFile(adapterFolder: adapterFolder).verify(classes: weights.first?.shape.first)
    }
}

/// logits = rows W^T + bias, and their cross-entropy.
final class LinearHead: AttachedHead {
    private let classes: Int
    private let hidden: Int
    /// Where weight [classes, hidden] and bias [classes], if there is one, lie in the parameters.
    private let weightOffset: Int
    private let biasOffset: Int?
    /// weight^T [hidden, classes]
    private let packed: PackedMatrix
    private let loss: CrossEntropy

    init(classes: Int, hidden: Int, weightOffset: Int, biasOffset: Int?, loss: CrossEntropy, kernels: Kernels) {
        self.classes = classes
        self.hidden = hidden
        self.weightOffset = weightOffset
        self.biasOffset = biasOffset
        self.loss = loss
        packed = PackedMatrix(depth: hidden, columns: classes, for: kernels)
    }

    /// The logits, and after them their gradient.
    func scratchCount(rows: Int) -> Int { Self.lines(rows * classes) * 2 }

    var memory: Int { packed.memoryUse.own }

    private static func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    func pack(_ pass: Pass) {
        pass.kernels.pack(pass.parameters + weightOffset, depthStride: 1, columnStride: hidden, into: packed)
    }

    func forward(_ rows: HiddenRows, targets: Targets, into logits: Floats, scratch: Floats, pass: Pass) {
        forward(rows, into: logits, pass)
    }

    private func forward(_ rows: HiddenRows, into logits: Floats, _ pass: Pass) {
        pass.kernels.multiply(
            [MatrixProduct(rows.values, rowStride: hidden, depth: hidden, packed: packed)], rows: rows.rows.count,
            columns: classes, into: logits, stride: classes, bias: biasOffset.map { pass.parameters + $0 })
    }

    func step(
        _ rows: HiddenRows, targets: Targets, weight: Float, scratch: Floats, pass: Pass
    ) -> Double {
        let (count, kernels, logits) = (rows.rows.count, pass.kernels, scratch)
        let logitGradient = scratch + Self.lines(count * classes)
        forward(rows, into: logits, pass)
        let loss = targets.classes.withUnsafeBufferPointer { targets in
            targets.baseAddress.map {
                self.loss.sum(
                    Logits(logits, rows: count, classes: classes, stride: classes), targets: $0 + rows.rows.first,
                    scale: weight, gradient: logitGradient, kernels)
            } ?? 0
        }
        guard let gradients = pass.gradients else { return loss }
        let weightGradient = MatrixProduct(
            logitGradient, rowStride: 1, depthStride: classes, depth: count, plain: rows.values, bStride: hidden)
        kernels.multiply([weightGradient], rows: classes, columns: hidden, into: gradients + weightOffset, stride: hidden)
        if let biasOffset {
            for j in 0..<classes {
                gradients[biasOffset + j] = (0..<count).reduce(0) { $0 + logitGradient[$1 * classes + j] }
            }
        }
        guard let gradient = rows.gradient else { return loss }
        let rowGradient = MatrixProduct(
            logitGradient, rowStride: classes, depth: classes, plain: pass.parameters + weightOffset, bStride: hidden)
        kernels.multiply([rowGradient], rows: count, columns: hidden, into: gradient, stride: hidden)
        return loss
    }
}
