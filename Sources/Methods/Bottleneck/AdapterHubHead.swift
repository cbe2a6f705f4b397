import FoundationEssentials
import TrainerSettings

/// The head that AdapterHub saved beside an adapter, as its head_config.json tells.
struct AdapterHubHead {
    let file: String
    private let values: [String: SettingValue]

    /// nil where the folder has none.
    init?(adapterFolder: String) {
        file = adapterFolder + "/head_config.json"
        guard FileManager.default.fileExists(atPath: file), let values = try? JSONInput.object(file: file) else { return nil }
        self.values = values
    }

    /// Why its tensors are none that can be read; nil: they are those of a classifier of transformers.
    var refusal: String? {
        let name = values["model_class"]?.text ?? ""
        if case .object(let own)? = values["config"] {
            let kind = own["head_type"]?.text.map { " (head_type \($0))" } ?? ""
            return "its head is one of AdapterHub's own\(kind), which no class of transformers has; "
                + "train it on an AutoModelForSequenceClassification, or save the adapter with with_head=False"
        }
        guard !name.hasSuffix("ForSequenceClassification") else { return nil }
        return name.hasSuffix("ForCausalLM")
            ? "its head is the vocabulary's matrix, which AdapterHub trains beside a language model's adapter, and which here stays as the "
                + "model has it; freeze lm_head in training, and save the adapter with with_head=False"
            : "its head is a \(name.isEmpty ? "model without a name" : name)'s, which is not available yet"
    }
}
