import SearchSpaces
import TrainerSettings

extension ExternalSettings {
    /// What the trainer trains for is asked first: who else has a setting would be no help with another task.
    func requireTask() throws(TrainerSettingsError) {
        guard let task = values["task"], !dialect.tasks.map(\.rawValue).contains(task.text ?? "") else { return }
        throw TrainerSettingsError(
            setting: "task",
            problem: "\(dialect.name) trains for \(dialect.tasks.map(\.rawValue).joined(separator: ", ")) alone; "
                + "type: lora and type: peft have \(task)")
    }

    func requireFolder(in folder: String) throws(TrainerSettingsError) {
        let model = values["model"] ?? dialect["model"]?.keys.first.flatMap { base?[$0] }
        guard let model = model?.text, ModelFolder.isGGUF(Self.path(model, in: folder)) else { return }
        throw TrainerSettingsError(
            setting: "model",
            problem:
                "\(model) is a GGUF file, and \(dialect.name) trains on Hugging Face folders alone; give the folder that it "
                + "was made from, or take type: lora, which trains on the file itself")
    }

    /// Refuses what the trainer has no key for, unless it asks for nothing.
    func refuse() throws(TrainerSettingsError) {
        if values["base_precision"] == .string(TrainerSettings.Precision.quantized.rawValue) {
            throw TrainerSettingsError(
                setting: "base_precision", problem: "quantized is the built-in trainer's alone; expected fp32, bf16 or auto")
        }
        if values["init_lora_weights"] == .string("eva") {
            throw TrainerSettingsError(
                setting: "init_lora_weights",
                problem: "eva is the built-in trainer's alone: it looks at the data first; give another, such as true")
        }
        for name in given.sorted() where dialect[name] == nil && name != "alpha_over_r" {
            let setting = try known(name)
            guard let value = values[name], !setting.harmless.contains(value) else { continue }
            throw TrainerSettingsError(setting: name, problem: dialect.refusal(of: name))
        }
    }
}

extension Dialect {
    /// Why a setting is refused, and what to use instead.
    func refusal(of setting: String) -> String {
        if let reason = reasons[setting] { return reason }
        let others = Dialect.all.filter { $0[setting] != nil }.map { "type: \($0.type)" }
        return "\(name) has no such setting"
            + (others.isEmpty ? "" : "; \(others.joined(separator: ", ")) \(others.count == 1 ? "has" : "have") it")
    }
}
