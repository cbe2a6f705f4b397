import Backbones
import Tasks
import TrainerSettings

extension FirstSettings {
    /// The settings of every trial, those that are searched left out.
    ///
    /// - Parameter path: how a path is written.
    func trainerValues(of request: SpaceRequest, path: (String) -> String) -> [String: SettingValue] {
        var values: [String: SettingValue] = [
            "task": .string(facts.task.rawValue), "model": .string(path(request.model)), "max_steps": .int(steps),
            "eval_steps": .int(evalSteps), "batch_size": .int(batchSize), "max_length": .int(maxLength),
        ]
        for (part, file) in facts.parts { values[part.rawValue] = .string(path(file)) }
        if split != DataSplit() { values["split"] = split.value }
        let (reading, usual) = (facts.survey.files[0].reading, DataColumns())
        if reading.text != usual.text { values["text_column"] = .string(reading.text) }
        if reading.label != usual.label, !facts.isLanguageModel { values["label_column"] = .string(reading.label) }
        if let separator = reading.separator { values["separator"] = .string(DataColumns.name(of: separator)) }
        if let template = facts.survey.files[0].chatTemplate { values["chat_template"] = .string(template) }
        return values
    }

    /// The lines below `trainer:`.
    func add(to text: inout SpaceText, _ request: SpaceRequest) {
        let values = trainerValues(of: request, path: request.written)
        text.add("type: lora", indent: 2)
        for name in order {
            guard let value = values[name] else { continue }
            text.add(name, value, reason(name), indent: 2)
        }
        text.add(
            "warmup_ratio: 0.1", "The rate rises in the first steps, which keeps high rates from spoiling the start.", indent: 2
        )
        text.add("lr_scheduler_type: cosine", indent: 2)
        text.add("weight_decay: 0.01", indent: 2)
    }

    private var order: [String] {
        [
            "task", "model", "train", "validation", "test", "split", "text_column", "label_column", "separator",
            "chat_template",
            "max_length", "batch_size", "max_steps", "eval_steps",
        ]
    }

    private func reason(_ name: String) -> String? {
        switch name {
        case "task":
            facts.isLanguageModel
                ? "The rows are \(facts.survey.files[0].kind): a language model learns to write what follows."
                : "Each text has a label: \(facts.survey.files[0].labels.count) of them."
        case "model":
            "A \(facts.configuration.modelType) of \(facts.configuration.layerCount) layers, hidden size \(facts.configuration.hiddenSize)."
        case "split":
            "One file is divided: trials train on the rest and are compared by validation"
                + (split.test == nil ? "." : "; no trial sees the test part, which measures the winner.")
        case "chat_template": "The model has no template of its own, so one of ours writes the conversations."
        case "max_length": lengthReason
        case "batch_size": batchReason
        case "max_steps": stepsReason
        default: nil
        }
    }
}
