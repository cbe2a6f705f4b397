/// Everything the built-in trainer is told, under the names that PEFT and Hugging Face's TrainingArguments use.
///
/// A setting is a property here, with its default, and a row of ``table``, with all else that is known of it.
/// What the user left open is resolved when the settings are made from values (``init(values:)``), so that
/// two equal settings mean the same training run.
package struct TrainerSettings: Sendable, Hashable {
    package var task = Task.sequenceClassification
    package var finetuningType = FinetuningType.lora
    /// A Hugging Face model folder.
    package var model = ""
    package var train = ""
    /// nil: a share of the training file (``split``).
    package var validation: String?
    /// Never read while training; used once, for a study's winner.
    package var test: String?
    package var split = DataSplit()
    package var columns = DataColumns()
    package var outputDirectory: String?

    /// Of rows with a prompt, whether the completion alone is learned.
    package var completionOnlyLoss = true
    /// Of conversations, whether the assistant's turns alone are learned.
    package var assistantOnlyLoss = true
    /// A template's name; nil: the model's own.
    package var chatTemplate: String?
    /// Whether texts are put together up to ``maxLength``.
    package var packing = false

    package var duration = Duration.epochs(defaultEpochs)
    /// Optimizer steps between two reports; nil: one report an epoch.
    package var evalSteps: Int?
    package var batchSize = 32
    /// Batches in one step.
    package var accumulationSteps = 1
    /// nil: ``batchSize``.
    package var evalBatchSize: Int?
    package var maxLength = 128
    package var shuffle = true
    package var dropLast = true

    package var rank = 8
    package var loraAlpha: Double
    package var loraDropout = 0.0
    /// nil: PEFT's default targets for the architecture.
    package var targetModules: TargetModules?
    package var layersToTransform = LayerSelection.all
    /// Modules that get no adapter whatever the targets say; nil: none.
    package var excludedModules: TargetModules?
    /// Of IA3's modules those that have their inputs scaled; nil: PEFT's for the architecture.
    package var feedForwardModules: TargetModules?
    /// Whether the scale is alpha over the root of the rank.
    package var usesRSLoRA = false
    /// Whether each output's length is trained apart from its direction.
    package var usesDoRA = false
    /// Whether the matrices A stay as they start.
    package var usesLoRAFA = false
    package var adapterStart = AdapterStart.usual
    /// By an expression for a module's name, from its start or from behind a dot on.
    package var rankPattern: [String: Int] = [:]
    package var alphaPattern: [String: Double] = [:]
    /// Which of the model's own biases are trained.
    package var bias = Bias.none
    /// Modules of the model that are trained whole, by the ends of their names.
    package var savedModules: [String] = []
    package var rankAllocation = RankAllocation.uniform
    package var rankStart = RankStart()
    /// How many times ``rank`` a module's may be where EVA gives out ranks.
    package var evaRho = usualRho
    package var bottleneckType = BottleneckType.pfeiffer
    package var reductionFactor = 16
    /// Trained rows before each text.
    package var virtualTokens = 20
    package var promptInit = PromptInit.vocabulary
    /// Where ``promptInit`` is a text.
    package var promptText: String?
    /// nil: the model's hidden size.
    package var encoderHiddenSize: Int?
    /// A folder with a PEFT adapter to start from.
    package var initAdapter: String?

    package var learningRate = 2e-4
    /// By which LoRA+ multiplies the rate of matrices B and of vectors.
    package var rateRatio = 1.0
    package var weightDecay = 0.0
    package var warmup = Warmup.ratio(0)
    package var scheduler = LearningRateSchedule.linear
    package var shape = ScheduleShape()
    package var maxGradNorm = 1.0
    /// The share of a target's weight in the loss that all classes get alike.
    package var labelSmoothing = 0.0
    /// nil: all classes count the same.
    package var classWeights: ClassWeights?
    /// Whether texts of like length are in one batch.
    package var groupsByLength = false
    /// Evaluations in a row without a gain after which the trial ends; nil: it makes all its steps.
    package var earlyStoppingPatience: Int?
    /// What a gain has to exceed to count.
    package var earlyStoppingThreshold = 0.0

    /// Of the frozen base; adapters and optimizer are fp32.
    package var precision = Precision.auto
    /// The largest size of all kept results of frozen layers together, on disk; nil: none are kept. It changes no number.
    package var prefixCache: ByteCount? = ByteCount(bytes: 2 << 30)
    /// Whether a layer's activations are computed again in the backward pass. It changes no number.
    package var gradientCheckpointing = GradientCheckpointing.auto
    /// The most main memory that the trial may take; nil: what the machine has.
    package var memoryCap: ByteCount?
    /// Threads of the matrix products; nil: what the environment or the processor says.
    package var threads: Int?
    package var seed = 0
    /// Which evaluation's adapter is kept; a study's own metric takes its place.
    package var metricForBestModel = "eval_accuracy"
    package var greaterIsBetter = true
    /// nil: as many as the metric needs (``generationRows``).
    package var evalGenerationRows: Int?
    package var maxNewTokens = 64

    /// Whether they are of a trial that has begun: what a later version refuses to begin with is read as it was.
    package private(set) var isOnRecord = false

    package init() { loraAlpha = Self.defaultAlphaOverRank * Double(rank) }
}

extension TrainerSettings {
    init(isOnRecord: Bool) {
        self.init()
        self.isOnRecord = isOnRecord
    }

    /// Passes over the training data where neither they nor steps are given.
    package static let defaultEpochs = 3.0
    private static let defaultAlphaOverRank = 2.0

    /// The rank, and with it the alpha that goes with it where none is given.
    var rankWithItsAlpha: Int {
        get { rank }
        set { (rank, loraAlpha) = (newValue, Self.defaultAlphaOverRank * Double(newValue)) }
    }

    /// The task, and with it the figure that an adapter is kept by where none is given.
    var taskWithItsMetric: Task {
        get { task }
        set {
            task = newValue
            (metricForBestModel, greaterIsBetter) = (newValue.usualMetric.name, newValue.usualMetric.greaterIsBetter)
        }
    }

    /// Rows of validation for which each evaluation writes an answer.
    package var generationRows: Int {
        evalGenerationRows ?? (task.writtenMetrics.contains { $0.name == metricForBestModel } ? Self.usualGenerationRows : 0)
    }

    package static let usualGenerationRows = 64
}

extension TrainerSettings {
    package enum Task: String, Sendable, Hashable, CaseIterable {
        case sequenceClassification = "sequence-classification"
        case causalLanguageModel = "causal-lm"
    }

    package enum Duration: Sendable, Hashable {
        case steps(Int)
        case epochs(Double)
    }

    package enum TargetModules: Sendable, Hashable {
        /// Every linear layer but the head.
        case allLinear
        /// Exact names, or endings after a dot.
        case names([String])
        /// A regular expression for the whole name of a module.
        case pattern(String)
    }

    package enum LayerSelection: Sendable, Hashable {
        case all
        case last(Int)
        case indices([Int])
    }

    /// Of PEFT's LoraConfig.
    package enum Bias: String, Sendable, Hashable, CaseIterable {
        case none, all
        /// Those of the modules that are adapted.
        case loraOnly = "lora_only"
    }

    /// `init_lora_weights`.
    package enum AdapterStart: Sendable, Hashable {
        /// A uniform, B zero.
        case usual
        /// Both at random: then a fresh adapter changes the model.
        case random
        case gaussian, orthogonal
        /// The greatest singular values and their vectors (Meng et al. 2024), which the base then lacks; nil: exactly, else by so many
        /// rounds of a random search for them.
        case pissa(rounds: Int?)
        /// The first columns of the base's QR factors (Buyukakyuz 2024), which the base then lacks.
        case olora
        /// A: the directions in which a module's inputs vary most over the first batches (Paischer et al. 2024).
        case eva
    }

    package enum Precision: String, Sendable, Hashable, CaseIterable {
        case fp32, bf16
        /// As a GGUF file has it: expanded piece by piece inside each product, as `auto` says.
        case quantized
        /// bf16 where the processor multiplies it by itself, else fp32.
        case auto
    }

    package enum GradientCheckpointing: Sendable, Hashable, CaseIterable {
        case off, on
        /// On where the trial does not fit otherwise.
        case auto
    }
}
