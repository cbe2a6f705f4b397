package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// What Hugging Face's sequence classifiers have on the pooled row of each text: a linear layer, and one before it where the
/// architecture's classifier has two. All of it is trained.
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
    package var labelNames: [String] { labels }

    /// As the checkpoint has them, else the weights normal and the biases zero. As in Hugging Face's Trainer, biases do not decay.
    package func parameters(on model: any BackboneConfiguration) -> [ParameterSpec] {
        let (classifier, hidden): (ClassifierShape, Int) = (model.classifier, model.hiddenSize)
        let normal = ParameterSpec.Start.normal(deviation: model.initializerRange)
        func weight(_ name: String, rows: Int) -> ParameterSpec {
            ParameterSpec(name, shape: [rows, hidden], owner: .head, start: .checkpoint(name, otherwise: normal))
        }
        func bias(_ name: String, rows: Int) -> ParameterSpec {
            ParameterSpec(
                name, shape: [rows], owner: .head, decays: false, start: .checkpoint(name, otherwise: .zero))
        }
        let inner = classifier.inner.map { [weight($0.weightName, rows: hidden), bias($0.biasName, rows: hidden)] } ?? []
        let last = weight(classifier.weightName, rows: labels.count)
        return inner + [last] + (classifier.hasBias ? [bias(classifier.biasName, rows: labels.count)] : [])
    }

    package func hasOutputRows(_ tensor: String, on model: any BackboneConfiguration) -> Bool {
        let classifier: ClassifierShape = model.classifier
        return [classifier.weightName, classifier.biasName].map(ParameterSpec.fullName).contains(tensor)
    }

    package func attached(to model: any Backbone, in layout: ParameterLayout, kernels: Kernels) -> any AttachedHead {
        let (classifier, hidden): (ClassifierShape, Int) = (model.configuration.classifier, model.configuration.hiddenSize)
        func offset(_ name: String) -> Int {
            guard let offset = layout.offset(of: name) else { preconditionFailure("a layout without the head's parameters") }
            return offset
        }
        let last = LinearHead(
            classes: labels.count, hidden: hidden, weightOffset: offset(classifier.weightName),
            biasOffset: layout.offset(of: classifier.biasName), loss: loss, kernels: kernels)
        guard let inner = classifier.inner else { return last }
        return DenseHead(
            inner.activation, hidden: hidden, weightOffset: offset(inner.weightName), biasOffset: offset(inner.biasName),
            before: last, kernels: kernels)
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

    /// As Hugging Face's classes read them; these have the labels' number from their names.
    package func modelValues(on model: any BackboneConfiguration) -> [String: SettingValue] {
        let numbers = labels.enumerated().map { (String($0.offset), $0.element) }
        var values: [String: SettingValue] = [
            "id2label": .object(Dictionary(numbers.map { ($0.0, .string($0.1)) }) { $1 }),
            "label2id": .object(Dictionary(labels.enumerated().map { ($0.element, .int($0.offset)) }) { $1 }),
            "problem_type": .string("single_label_classification"),
        ]
        if let name = model.classPrefix {
            values["architectures"] = .array([.string(name + "ForSequenceClassification")])
        }
        return values
    }

    package func files() throws -> [FolderFile] { LabelFile.files(labels) }

    package func rowOrder(in adapterFolder: String) throws(CheckpointError) -> [Int]? {
        try LabelFile(adapterFolder: adapterFolder).classes(of: labels)
    }

    package static func verify(adapterFolder: String, _ tensors: SafetensorsFile) throws(CheckpointError) {
        try LabelFile(adapterFolder: adapterFolder).verify(classes: classCount(in: tensors))
    }

    /// Rows of the head among an adapter's tensors, or a whole model's; nil: it has none.
    package static func classCount(in tensors: SafetensorsFile) -> Int? {
        let weights = ["classifier.out_proj.weight", "classifier.weight", "score.weight"].compactMap {
            // Methods that wrap no module of the model leave a part of the name out.
            tensors.entries[ParameterSpec.fullName($0)] ?? tensors.entries["base_model." + $0] ?? tensors.entries[$0]
        }
        return weights.first?.shape.first
    }
}
