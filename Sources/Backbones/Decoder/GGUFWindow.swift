import Checkpoints

/// The window of attention that a model from a GGUF file goes without: converters leave it out, or nobody who reads the file uses it.
struct GGUFWindow: Sendable, Hashable {
    /// How many of the last tokens a token saw when the model was made.
    let size: Int
    /// Whether the file says so; else the model's name lets it be thought.
    let isTold: Bool

    /// Mistral 7B v0.1's; those after it have none.
    private static let mistral = 4096
    private static let namingKeys = ["general.name", "general.basename", "general.base_model.0.name"]

    /// nil: the model has none, as far as the file and its name tell.
    init?(_ metadata: GGUFMetadata) {
        let key = ((try? metadata.architecture()) ?? "") + ".attention.sliding_window"
        if let told = try? metadata.integer(key) {
            guard told > 0 else { return nil }
            (size, isTold) = (told, true)
            return
        }
        let names = Self.namingKeys.compactMap { (try? metadata.string($0))?.lowercased() }
        let isFirst = names.contains { $0.contains("mistral") } && !names.contains { $0.contains(/v0\.[2-9]/) }
        guard isFirst else { return nil }
        (size, isTold) = (Self.mistral, false)
    }

    /// For people whose texts have up to so many tokens; nil: the window would make no difference.
    func remark(onTextsOf length: Int) -> String? {
        guard length > size else { return nil }
        let what =
            isTold
            ? "the file says that a token sees the last \(size) alone (attention.sliding_window)"
            : "the file does not say whether a token sees the last \(size) alone, as in Mistral 7B v0.1"
        return
            "\(what); here it sees all before it, which is another model for texts that are longer (max_length \(length)); take "
            + "the model's folder of safetensors, or a max_length up to \(size)"
    }
}
