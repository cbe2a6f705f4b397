import Checkpoints
import FoundationEssentials
import Testing
import TrainerSettings

@testable import Tasks

/// What holds for every task, each on rows of its own.
@Suite struct TaskConformanceTests {
    /// Rows that a task can learn, by the setting that means it: each has the number of its row for N.
    private static let samples: [TrainerSettings.Task: [String]] = [
        .sequenceClassification: ["no", "yes", "no", "perhaps"].map { #"{"text": "film N", "label": "\#($0)"}"# },
        .causalLanguageModel: ["film N", "a good film N", "bad"].map { #"{"text": "film N \#($0)"}"# },
    ]

    private static let settings = TrainingTasks.all.map { $0.setting }

    /// A task with a file of rows for it, in a folder of its own.
    private struct Sample {
        let kind: any TrainingTask.Type
        let task: any TrainingTask
        let file: TokenizedFile
        let model: TinyModel
        let settings: TrainerSettings

        init(_ setting: TrainerSettings.Task) throws {
            kind = try TrainingTasks.task(setting)
            let forms = try #require(TaskConformanceTests.samples[setting], "a new task needs a sample")
            model = try TinyModel()
            let rows = (0..<24).map { forms[$0 % forms.count].replacing("N", with: "\($0)") + "\n" }.joined()
            let path = SettingValue.string(try model.folder.write(rows, as: "rows.jsonl"))
            var values: [String: SettingValue] = ["task": .string(setting.rawValue), "train": path, "validation": path]
            // Its texts have an end.
            if setting == .causalLanguageModel {
                values["model"] = .string(TinyModel.here + "/../FinetuningTests/Fixtures/causal-lm")
            }
            settings = try model.settings(values)
            var reader = TokenizedData(kind, settings, cache: nil)
            file = try reader.read(settings.trainingSource)
            task = try kind.init(labels: file.names, file: settings.train)
        }

        func targets() throws -> Targets { try task.targets(of: file, path: settings.train) }

        /// Made up, for each row that the head works on.
        func outputs() throws -> [Float] {
            let targets = try targets()
            return (0..<max(targets.classes.count, targets.values.count) * task.head.outputCount).map { Float($0 * 7 % 11) / 3 }
        }
    }

    @Test func `each task has one setting, and settings that can be given have a task`() throws {
        #expect(Set(Self.settings).count == Self.settings.count)
        for setting in TrainerSettings.Task.allCases {
            let isAvailable = (try? TinyModel().settings(["task": .string(setting.rawValue)])) != nil
            #expect(isAvailable == Self.settings.contains(setting), "\(setting)")
            if !isAvailable { #expect(throws: InputError.self) { try TrainingTasks.task(setting) } }
        }
    }

    @Test(arguments: settings)
    func `an evaluation has the metrics that the settings name, in their order`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let values = sample.task.evaluation().values
        #expect(values.map(\.name) == setting.measuredMetrics.map(\.name) && sample.kind.metrics == setting.metrics)
        #expect(setting.metrics == setting.measuredMetrics + setting.writtenMetrics)
        #expect(setting.metrics.contains(setting.usualMetric))
        #expect(values.allSatisfy { $0.value.isNaN && $0.name.hasPrefix("eval_") })
        #expect(values.allSatisfy { TrainerSettings.evaluationMetrics.contains($0.name) })
    }

    @Test(arguments: settings) func `batches add up as one`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let (targets, width, outputs) = (try sample.targets(), sample.task.head.outputCount, try sample.outputs())
        var (whole, parts) = (sample.task.evaluation(), sample.task.evaluation())
        whole.add(outputs, targets)
        for part in [0..<5, 5..<6, 6..<24] {
            let places = targets.places(of: part.lowerBound).lowerBound..<targets.places(of: part.upperBound - 1).upperBound
            parts.add(Array(outputs[places.lowerBound * width..<places.upperBound * width]), targets.of(part))
        }
        for (one, other) in zip(whole.values, parts.values) {
            #expect(one.value.isFinite && abs(one.value - other.value) < 1e-9, "\(one.name)")
        }
    }

    @Test(arguments: settings)
    func `four times the same rows halve each standard error that a metric has`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let (targets, outputs) = (try sample.targets(), try sample.outputs())
        var (once, often) = (sample.task.evaluation(), sample.task.evaluation())
        once.add(outputs, targets)
        for _ in 0..<4 { often.add(outputs, targets) }
        #expect(once.values.contains { $0.standardError != nil })
        for (one, four) in zip(once.values, often.values) {
            guard let few = one.standardError, let many = four.standardError else { continue }
            // Figures that divide by the rows less one shrink a little more.
            #expect(few > 0 && abs(few / many / 2 - 1) < 0.05, "\(one.name)")
        }
    }

    @Test(arguments: settings) func `targets are the head's, one a row`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let targets = try sample.targets()
        let rows = max(targets.classes.count, targets.values.count)
        try sample.task.head.check(targets, rowCount: rows)
        #expect(throws: (any Error).self) { try sample.task.head.check(targets.of(0..<23), rowCount: rows) }
        #expect(type(of: sample.task.head) == sample.kind.head)
        #expect(TrainingTasks.head(sample.kind.head.peftTaskType) == sample.kind.head)
    }

    @Test(arguments: settings) func `the same rows are the same data, others are not`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        func fingerprint() throws -> String {
            var reader = TokenizedData(sample.kind, sample.settings, cache: nil)
            let data = try TaskData(sample.kind, sample.settings, from: &reader)
            #expect(!data.line.isEmpty && data.training.count == 24)
            return data.fingerprint
        }
        let first = try fingerprint()
        #expect(try fingerprint() == first)
        let rows = String(decoding: try #require(sample.model.folder.contents("rows.jsonl")), as: UTF8.self)
        try sample.model.folder.write(rows.replacing("film 3", with: "plot 3"), as: "rows.jsonl")
        #expect(try fingerprint() != first)
    }

    @Test(arguments: settings)
    func `a summary counts rows by part and tells as much as a trial would find`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let summary = try sample.kind.summary(sample.settings)
        #expect(summary.rows == [.train: 24, .validation: 24])
        #expect(summary.head.outputCount == sample.task.head.outputCount)
        #expect(summary.lines.prefix(2).map(\.name) == ["train", "validation"] && summary.sample.count == 24)
    }

    @Test(arguments: settings)
    func `what a head leaves beside an adapter tells the task again`(setting: TrainerSettings.Task) throws {
        let sample = try Sample(setting)
        let folder = sample.model.folder
        for file in try sample.task.head.files() { try file.write(in: folder.path) }
        let saved = try sample.kind.saved(in: folder.path) ?? sample.task
        #expect(saved.head.outputCount == sample.task.head.outputCount)
        #expect(try saved.head.rowOrder(in: folder.path) == nil)
        #expect(try saved.targets(of: sample.file, path: "x") == sample.targets())
    }
}
