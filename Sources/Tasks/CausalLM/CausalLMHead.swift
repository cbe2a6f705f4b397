package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// The model's own matrix of the vocabulary, on the rows that a token is predicted from; nothing in it is trained.
package struct CausalLMHead: TaskHead, Hashable {
    package static let peftTaskType = "CAUSAL_LM"
    package static let rows = RowSelection.listed

    /// The share of a token's loss that is the mean over the vocabulary; an evaluation's loss is the plain one.
    package let smoothing: Float

    package init(smoothing: Float = 0) { self.smoothing = smoothing }

    package static func lack(of model: any BackboneConfiguration) -> String? {
        guard model.outputSite == nil else { return nil }
        return "causal-lm needs a model that writes text; a \(model.modelType) has no matrix of its vocabulary"
    }

    /// A token's loss, and 1 where the model's first choice is right, else 0.
    package var outputCount: Int { 2 }

    package func parameters(on model: any BackboneConfiguration) -> [ParameterSpec] { [] }

    package func attached(
        to model: any Backbone, in layout: ParameterLayout, kernels: Kernels
    ) throws(CheckpointError) -> any AttachedHead {
        guard let layer = model.outputLayer else {
            let lack = Self.lack(of: model.configuration) ?? "its weights were read without the matrix of its vocabulary"
            throw CheckpointError(path: "task", problem: lack)
        }
        return VocabularyHead(layer, cap: model.configuration.outputCap, smoothing: smoothing, model.storage)
    }

    package func check(_ targets: Targets, rowCount: Int) throws(BatchError) {
        guard targets.classes.count == rowCount, targets.classes.allSatisfy({ $0 >= 0 }) else {
            throw BatchError(problem: "not one token for each of \(rowCount) rows")
        }
    }

    package var peftValues: [String: SettingValue] { ["modules_to_save": .null, "task_type": .string(Self.peftTaskType)] }

    package func files() throws -> [FolderFile] { [FolderFile(Self.readme, as: "README.md", isDurable: false)] }

    package func rowOrder(in adapterFolder: String) throws(CheckpointError) -> [Int]? { nil }

    package static func verify(adapterFolder: String, _ tensors: SafetensorsFile) throws(CheckpointError) {}

    /// How the adapter is loaded.
    private static let readme = """
        ---
        library_name: peft
        ---
        An adapter of a language model. `autolora generate --adapter . --chat` (or `--prompt TEXT`), run in this folder, shows what it \
        writes. In Python:

        ```python
        import os
        from peft import PeftConfig, PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        adapter = "."  # this folder, from where these lines are run
        # The base model; where it is elsewhere, name its folder here, base = "/path/to/model".
        base = PeftConfig.from_pretrained(adapter).base_model_name_or_path
        folder, file = os.path.split(base) if base.endswith(".gguf") else (base, None)
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file)
        model = PeftModel.from_pretrained(model, adapter).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
        ```

        """
}
