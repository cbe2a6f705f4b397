import Backbones
import Checkpoints
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// PEFT's adapters with a copy of a matrix that is a model's embeddings and its output at once (make_tuning_fixtures.py).
@Suite struct TiedAdapterTests {
    static let fixtures = ["embeddings", "output", "both", "one"].map { TuningFixture(name: "llama-tied-\($0)-causal") }

    /// The other use keeps the model's matrix, unless `ensure_weight_tying` says otherwise.
    @Test(arguments: fixtures)
    func `each use has the matrix that it has in peft`(fixture: TuningFixture) throws {
        let golden = try fixture.golden()
        try TrainedAdapter(fixture.adapter).verify(isOurs: false)
        let method = try TuningMethods.method(of: AdapterFolder(fixture.adapter))
        let model = try fixture.model(method, initAdapter: fixture.adapter)
        let expected = try fixture.outputs(of: golden["last"] ?? [], virtualTokens: 0)
        #expect(try difference(fixture.outputs(model), expected) < 1e-4)
        let prompts = zip(Fixture.batch.offsets, Fixture.batch.offsets.dropFirst()).map {
            Array(Fixture.batch.tokens[Int($0)..<Int($1)])
        }
        var choice = TokenChoice()
        let computing = try fixture.model(method, initAdapter: fixture.adapter, use: .computing)
        let texts = try computing.writer().texts(after: prompts, computing.writingPass(), limit: 6, ends: [], choice: &choice) {
            _, _ in true
        }
        #expect(try texts.flatMap(\.self) == #require(golden["generated"]).map { Int32($0) })
    }

    @Test func `embeddings and output that were trained as one are no start`() throws {
        let fixture = try #require(Self.fixtures.last)
        let configuration = try JSONInput.object(file: fixture.adapter + "/adapter_config.json")
        #expect(configuration["ensure_weight_tying"] == .bool(true))
        var lora = LoRAConfiguration(rank: 2, alpha: 4, targets: .names(["q_proj", "down_proj"]))
        let model = try Architectures.configuration(of: fixture.settings().model)
        #expect(try lora.refusal(of: configuration, at: lora.sites(of: model, for: .pooled)) == nil)
        lora.savedModules = ["embed_tokens"]
        let refusal = try lora.refusal(of: configuration, at: lora.sites(of: model, for: .pooled))
        #expect(refusal?.contains("ensure_weight_tying trains embeddings and output as one") == true)
    }

    /// What would come of it is no model that the base's programs load.
    @Test(arguments: fixtures)
    func `training one is refused as before`(fixture: TuningFixture) throws {
        let settings = try fixture.settings()
        let error = #expect(throws: PlacementError.self) { try fixture.model(TuningMethods.method(settings)) }
        #expect(error?.problem.contains("are one matrix") == true)
    }
}
