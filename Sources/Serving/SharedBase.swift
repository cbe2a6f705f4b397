import Backbones
import Checkpoints
import Finetuning
import Layers
import Tasks
import Tensors
import Tokenizers
package import TrainerSettings

/// A frozen model that is in memory once, whatever adapters are put on it.
package final class SharedBase {
    /// A Hugging Face folder, or a .gguf file.
    package let path: String
    let backbone: any Backbone
    /// Its groups of layers, each with a place for what adapters add.
    let groups: [SharedDelta]
    let rows: RowSelection
    let tokenizer: ModelTokenizer
    /// nil: it holds no conversations, or has no matrix of its vocabulary.
    let template: ChatTemplate?
    /// Whether that one is for its adapters too, whatever they were trained in.
    let isTemplateChosen: Bool
    /// Tokens that end a text.
    let ends: Set<Int32>
    /// Nothing is packed of it.
    private let noParameters = FloatStorage(count: 1)

    /// Whether it writes texts; if not, its adapters classify.
    package var writes: Bool { backbone.outputLayer != nil }
    /// Tokens of the longest text, with its answer.
    package var positionCount: Int { backbone.configuration.positionCount }

    /// - Parameter chatTemplate: by its name; nil: the model's own, where it has one that can be rendered.
    /// - Throws: an error in one line that names the file and what is wrong with it.
    package init(_ path: String, precision: TrainerSettings.Precision, chatTemplate: String? = nil) throws {
        self.path = path
        let storage = WeightStorage(setting: precision)
        let weights = try Architectures.weights(of: path)
        try weights.require(storage, of: path)
        let configuration: any BackboneConfiguration = weights.configuration
        // A decoder's last rows are listed: they serve its own matrix, and classifiers.
        rows = configuration.outputSite == nil ? .pooled : .listed
        let collected = Groups()
        var attachments = Attachments(rows: rows, sites: configuration.sites(for: rows)) { collected.add($0) }
        attachments.use = .computing
        backbone = try weights.backbone(attachments, storage)
        groups = collected.groups
        tokenizer = try ModelTokenizer(modelFolder: path)
        isTemplateChosen = chatTemplate != nil
        if let chatTemplate {
            template = try tokenizer.chatTemplate(named: chatTemplate)
        } else {
            template = backbone.outputLayer == nil ? nil : try? tokenizer.chatTemplate(named: nil)
        }
        var ends = Set(configuration.endTokens)
        if let end = tokenizer.tokenizer.special.eos { ends.insert(end.id) }
        self.ends = ends
        backbone.pack(pass())
    }

    /// Without gradients.
    func pass(_ adapters: RowAdapters? = nil) -> Pass {
        var pass = Pass(kernels: backbone.storage.kernels, parameters: UnsafePointer(noParameters.base))
        pass.adapters = adapters
        return pass
    }

    /// The groups as they come up while the model is made.
    private final class Groups {
        private(set) var groups: [SharedDelta] = []

        func add(_ sites: [Site]) -> SharedDelta {
            groups.append(SharedDelta(groups.count, at: sites))
            return groups[groups.count - 1]
        }
    }
}
