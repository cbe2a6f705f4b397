import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct TrialConfigurationTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ text: String) throws -> TrialConfiguration {
        try TrialConfiguration(file: folder.write(text, as: "config.json"))
    }

    private let trainer = #"{"model": "/m", "train": "/t.jsonl", "validation": "/v.jsonl", "learning_rate": 1e-3}"#

    @Test func `a trial's file gives the settings, the study's metric and its seed`() throws {
        let configuration = try read(
            """
            {"study": "s", "trial": 3, "seed": 7, "metric": {"name": "eval_loss", "goal": "minimize"},
             "parameters": {"learning_rate": 1e-3}, "trainer": \(trainer)}
            """)
        #expect(configuration.settings.learningRate == 1e-3)
        #expect(configuration.settings.seed == 7)
        #expect(configuration.metric == MetricGoal(name: "eval_loss", greaterIsBetter: false))
    }

    @Test func `a seed among the trainer's settings goes before the study's`() throws {
        let seeded = trainer.dropLast() + #", "seed": 3}"#
        #expect(try read(#"{"seed": 7, "trainer": \#(seeded)}"#).settings.seed == 3)
    }

    @Test func `the bare settings are enough`() throws {
        let configuration = try read(trainer)
        #expect(configuration.settings.model == "/m")
        #expect(configuration.metric == nil)
    }

    @Test func `a relative path leads from the file's folder if it is there, else from the current one`() throws {
        try folder.write("x", as: "train.jsonl")
        let settings = try read(
            #"{"model": "./no/../such", "train": "train.jsonl", "validation": "/v.jsonl", "output_dir": "out"}"#
        ).settings
        let current = FileManager.default.currentDirectoryPath
        #expect(settings.train == folder.path + "/train.jsonl")
        #expect(settings.model == current + "/such")
        #expect(settings.outputDirectory == current + "/out")
        #expect(settings.validation == "/v.jsonl")
    }

    @Test(arguments: [
        ("[1]", "is no JSON object"), ("{", ":1:2: found the end, expected a name in quotes; expected a trial's config.json"),
        (#"{"trainer": 1}"#, "'trainer' is no object"),
        (#"{"model": "m"}"#, "train: missing"),
        (#"{"model": "/m", "train": "/t", "validation": "/v", "rr": 1}"#, "rr: unknown setting"),
        (
            #"{"model": "/m", "train": "/t", "validation": "/v", "load_best_model_at_end": true}"#,
            "load_best_model_at_end: is no setting: the best adapter"
        ),
        (#"{"metric": {"name": "x"}, "trainer": {"model": "/m", "train": "/t", "validation": "/v"}}"#, "metric: expected"),
    ])
    func `a bad file is named with what is wrong`(text: String, words: String) throws {
        let error = try #require(throws: InputError.self) { try read(text) }
        #expect(error.description.hasPrefix(folder.path + "/config.json:"))
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: InputError.self) { try TrialConfiguration(file: "/nowhere.json") }
        #expect(error?.description == "/nowhere.json: there is no such file")
    }
}
