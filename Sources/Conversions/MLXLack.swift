import Backbones
import Checkpoints
import TrainerSettings

/// What mlx-lm computes otherwise than a model is meant to.
enum MLXLack {
    /// - Parameter model: a folder.
    /// - Returns: for people, what it does and from which length of a text.
    static func notes(of model: String) -> [String] {
        guard let configuration = try? Architectures.configuration(of: model) as? DecoderConfiguration else { return [] }
        let values = (try? JSONInput.object(file: model + "/config.json")) ?? [:]
        let type = configuration.modelType
        // It reads the windows of Gemma 3, and those of a Llama or a Mistral whose layers are listed.
        let knowsWindows =
            type == "gemma3_text" || ["llama", "mistral"].contains(type) && values["layer_types"] ?? .null != .null
        var notes: [String] = []
        if !knowsWindows, let window = configuration.layers.compactMap(\.window).min(), window < configuration.positionCount {
            notes.append(
                "mlx-lm lets a \(type)'s token see all before it, and not the last \(window) alone: longer texts are answered otherwise"
            )
        }
        if case .longRope(_, _, let original) = configuration.rotary.scaling {
            notes.append(
                "mlx-lm takes LongRoPE's long factors for short texts too: texts of up to \(original) tokens are answered otherwise"
            )
        }
        return notes
    }
}
