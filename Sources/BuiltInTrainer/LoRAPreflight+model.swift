import Backbones
import Checkpoints
import Finetuning
import Methods
import SearchSpaces
import SpaceFiles
import Tasks
import Tokenizers
import TrainerSettings
import Trainers

extension LoRAPreflight {
    /// One of the models that trials can be given, its files looked at.
    struct Model {
        let folder: String
        let weights: any BackboneWeights
        let findings: [Finding]
        let warnings: [String]
    }

    /// Reads each model's configuration, the headers of its weights and its tokenizer.
    ///
    /// - Throws: an error that names the file and what is wrong with it.
    func models() throws -> [Model] {
        var models: [Model] = []
        for assignment in choices(of: ["model"]) {
            let folder = try settings(assignment).model
            guard !models.contains(where: { $0.folder == folder }) else { continue }
            let weights = try Architectures.weights(of: folder)
            let count = try weights.check()
            let tokenizer = try ModelTokenizer(modelFolder: folder)
            let c: any BackboneConfiguration = weights.configuration
            let length = try longest(atMost: c.positionCount, in: assignment)
            let shape =
                "\(c.modelType) of \(c.layerCount) layers, hidden size \(c.hiddenSize), \(count) parameters in \(weights.title)"
            models.append(
                Model(
                    folder: folder, weights: weights,
                    findings: [
                        Finding(kind: "model", text: ([shape] + weights.remarks).joined(separator: "; ")),
                        Finding(kind: "tokenizer", text: tokenizer.summary),
                    ], warnings: [weights.remark(onTextsOf: length).map { "\(folder): \($0)" }].compactMap(\.self)))
        }
        return models
    }

    /// What says which modules get an adapter, and which one; the ranks are looked at with how they start.
    private static let placing = [
        [
            "model", "finetuning_type", "target_modules", "layers_to_transform", "exclude_modules", "rank_pattern",
            "alpha_pattern",
        ],
        ["model", "finetuning_type", "target_modules", "feedforward_modules"],
        ["model", "finetuning_type", "num_virtual_tokens", "max_length"],
        ["model", "finetuning_type", "r", "init_lora_weights", "rank_pattern"],
        ["model", "finetuning_type", "target_modules", "bias", "modules_to_save"],
    ]
    /// Combinations of values that are all looked at; of more, so many that each value is among them.
    private static let mostChoices = 3000

    /// Refuses modules, layers and ranks, of every choice, that a model does not have.
    func checkPlacements(on models: [Model]) throws {
        for names in Self.placing {
            let counts = names.map { specification.space[$0]?.distribution.count ?? 1 }
            let isMany = counts.reduce(1.0) { $0 * Double(max(1, $1)) } > Double(Self.mostChoices)
            let choices = ConfigurationChoices(specification)
            for choice in (isMany ? choices.covering(names) : choices.all(of: names)).compactMap({ holding($0, keeping: names) }
            ) {
                try checkPlacement(whole(choice), on: models)
                guard names.contains("num_virtual_tokens") else { continue }
                // What of a wide range is tried may be short of its end.
                var longest = choice
                for name in ["num_virtual_tokens", "max_length"] {
                    if let greatest = specification.space[name]?.distribution.greatest { longest[name] = .int(greatest) }
                }
                try checkPlacement(whole(longest), on: models)
            }
        }
    }

    private func checkPlacement(_ assignment: Assignment, on models: [Model]) throws {
        guard let settings = try? settings(assignment) else { return }
        guard let model = models.first(where: { $0.folder == settings.model }) else { return }
        let rows = try TrainingTasks.task(settings.task).head.rows
        let (method, configuration): (any TuningMethod, any BackboneConfiguration) = (
            TuningMethods.method(settings), model.weights.configuration
        )
        do throws(PlacementError) {
            let sites = try method.sites(of: configuration, for: rows)
            _ = try method.baseParameters(of: configuration, at: sites, for: rows)
        } catch {
            throw refusal(of: error.setting, in: assignment, error.problem)
        }
        let (virtual, positions): (Int, Int) = (
            TuningMethods.method(settings).virtualTokenCount, model.weights.configuration.positionCount
        )
        guard virtual > 0, settings.maxLength + virtual > positions else { return }
        throw refusal(
            of: "num_virtual_tokens", in: assignment,
            "num_virtual_tokens \(virtual) leaves room for texts of \(positions - virtual) tokens, and max_length is "
                + "\(settings.maxLength)")
    }

    /// Refuses weights that are to stay quantised and are not, or are to be changed, of every choice.
    func checkPrecisions(of models: [Model]) throws {
        for assignment in choices(of: ["model", "finetuning_type", "precision", "base_precision", "init_lora_weights"]).map({
            whole($0)
        }) {
            let settings = try settings(assignment)
            do { try TunedModel.checkBase(settings) } catch {
                throw refusal(of: error.setting, in: assignment, error.problem)
            }
            guard let model = models.first(where: { $0.folder == settings.model }) else { continue }
            try model.weights.require(WeightStorage(setting: settings.precision), of: settings.model)
        }
    }

    /// Refuses a task for which a model lacks something.
    func checkTasks(on models: [Model]) throws {
        for assignment in choices(of: ["model", "task"]) {
            let settings = try settings(assignment)
            guard let model = models.first(where: { $0.folder == settings.model }),
                let lack = try TrainingTasks.task(settings.task).head.lack(of: model.weights.configuration)
            else { continue }
            throw refusal(of: "task", in: assignment, lack)
        }
    }

    /// Looks at what a trial starts from besides: the head that a model may have, and an adapter that is there already.
    func checkStart(of models: [Model], head: (any TaskHead)?) throws {
        guard let head else { return }
        for assignment in choices(of: ["model", "finetuning_type", "init_adapter"]).map({ whole($0) }) {
            let settings = try settings(assignment)
            guard let model = models.first(where: { $0.folder == settings.model }) else { continue }
            try TunedModel.checkStart(
                model.weights, method: TuningMethods.method(settings), head: head,
                initAdapter: settings.initAdapter)
        }
    }

    /// The greatest length, fixed or searched.
    ///
    /// - Throws: where the model has no positions for it.
    private func longest(atMost limit: Int, in assignment: Assignment) throws -> Int {
        let length = try lengths(assignment).max() ?? limit
        guard length > limit else { return length }
        let isGiven = specification.space["max_length"] != nil || specification.trainer.settings["max_length"] != nil
        throw file.refusal(
            of: "max_length", .int(length),
            "max_length: \(isGiven ? "found" : "the default is") \(length), the model takes at most \(limit)")
    }
}

extension Distribution {
    /// The greatest whole number among the values; nil where there is none.
    var greatest: Int? {
        switch self {
        case .constant(let value): value.integer
        case .categorical(let values, _): values.compactMap(\.integer).max()
        default: bounds.flatMap { Int(exactly: $0.upperBound.rounded(.down)) }
        }
    }
}
