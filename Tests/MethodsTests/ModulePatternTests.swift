import Backbones
import Layers
import Testing
import TrainerSettings

@testable import Methods

@Suite struct ModulePatternTests {
    /// What Python's `re.match(rf"(.*\\.)?({key})$", name)` finds.
    @Test(arguments: [
        ("query", "bert.encoder.layer.0.attention.self.query", true),
        ("uery", "bert.encoder.layer.0.attention.self.query", false),
        ("self.query", "a.self.query", true), ("self.query", "a.selfxquery", true), ("self.query", "self.query", true),
        ("self.query", "aself.query", false), (".query", "self.query", false), (".query", "a.xquery", true),
        ("layer.1.dense", "bert.layer.11.dense", false), ("layer.1.dense", "bert.layer.1.dense", true),
        ("q|k", "a.k", true), ("q|k", "a.kk", false), (#"layer\.\d+\.dense"#, "bert.layer.11.dense", true),
        ("^dense", "bert.dense", false), ("^dense", "dense", true), ("^bert.dense", "bert.dense", true),
        ("base_model.model.bert.dense", "bert.dense", false), (".*", "anything.at.all", true), ("[kv]_proj", "x.v_proj", true),
        ("dense$", "bert.dense", true), ("", "bert.dense", false), ("", "bert.", true),
    ])
    func `a key matches a name's whole or its end behind a dot, as PEFT has it`(key: String, name: String, isMatch: Bool) throws
    {
        #expect(try ModulePattern(key).matches(name) == isMatch)
    }

    @Test(arguments: [
        ("(", "no valid regular expression"), (#"(\w+\.?)*!"#, "can take one text in many ways"),
        (String(repeating: ".*", count: 12) + "!", "in more than 4 places"),
        (String(repeating: "(", count: 200_000), "more than 1000 characters"),
    ])
    func `what is no expression, or one that takes too long, is refused`(key: String, words: String) {
        let error = #expect(throws: NamePatternError.self) { try ModulePattern(key) }
        #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }

    @Test func `an adapter's file may name what a model has not`() throws {
        let model = try Architectures.configuration(of: tinyBert)
        let saved: [String: SettingValue] = [
            "peft_type": .string("LORA"), "r": .int(4), "lora_alpha": .int(8),
            "target_modules": .array([.string("query"), .string("out_proj")]),
            "exclude_modules": .array([.string("lm_head")]), "rank_pattern": .object(["vision.query": .int(2)]),
        ]
        let method = try #require(LoRAConfiguration.saved(as: saved))
        #expect(try method.sites(of: model, for: .pooled).allSatisfy { $0.name.hasSuffix(".query") })
        #expect(try !method.sites(of: model, for: .pooled).isEmpty)
    }

    @Test func `a start that takes from the base wants a scale above 0, and an adapter of one is refused on the base as it is`()
        throws
    {
        let none = try Self.problem { ($0.alpha, $0.start) = (0, .pissa(rounds: nil)) }
        #expect(none?.setting == "init_lora_weights" && none?.problem.contains("needs a scale above 0") == true)
        let lora = LoRAConfiguration(rank: 4, alpha: 8)
        for start in ["pissa", "pissa_niter_4", "olora", "corda", "lora_ga", "loftq"] {
            let values: [String: SettingValue] = ["r": .int(4), "lora_alpha": .int(8), "init_lora_weights": .string(start)]
            #expect(lora.refusal(of: values, at: [])?.contains("init_lora_weights \(start) changed the base") == true)
        }
    }

    private static func problem(_ change: (inout LoRAConfiguration) -> Void) throws -> PlacementError? {
        var lora = LoRAConfiguration(rank: 4, alpha: 8)
        change(&lora)
        let model = try Architectures.configuration(of: tinyBert)
        do { _ = try lora.sites(of: model, for: .pooled) } catch { return error }
        return nil
    }

    @Test func `a key that matches nothing is an error that lists the modules`() throws {
        let typo = try Self.problem { $0.rankPattern = ["qeury": 2] }
        #expect(typo?.setting == "rank_pattern")
        #expect(
            typo?.problem == "rank_pattern: 'qeury' matches nothing; modules: attention.self.query, attention.self.key, "
                + "attention.self.value, attention.output.dense, intermediate.dense, output.dense, pooler.dense; did you mean 'query'?"
        )
        let untuned = try Self.problem { $0.alphaPattern = ["key": 2] }
        #expect(
            untuned?.problem == "alpha_pattern: 'key' matches modules that get no adapter, and none that does; modules: "
                + "attention.self.query, attention.self.value")
        #expect(try Self.problem { $0.rankPattern = ["(": 2] }?.problem == "rank_pattern: '(' is no valid regular expression")
        #expect(try Self.problem { $0.rankPattern = ["query": 2, "layer.0.attention.self.value": 3] } == nil)
    }

    @Test func `two keys may not give one module two numbers`() throws {
        let both = try Self.problem { $0.rankPattern = ["query": 2, "layer.1.attention.self.query": 3] }
        #expect(
            both?.problem == "rank_pattern: 'layer.1.attention.self.query' and 'query' both match "
                + "bert.encoder.layer.1.attention.self.query, with different numbers; give keys of which one matches each module"
        )
        #expect(try Self.problem { $0.rankPattern = ["query": 2, "layer.1.attention.self.query": 2] } == nil)
    }

    @Test func `excluded modules get no adapter, by PEFT's rules`() throws {
        func names(_ excluded: TrainerSettings.TargetModules) throws -> [String] {
            var placement = Placement(targets: .allLinear, layers: .last(1))
            placement.excluded = excluded
            return try placement.sites(of: Architectures.configuration(of: tinyBert), for: .pooled).map {
                String($0.name.dropFirst("bert.encoder.layer.2.".count))
            }
        }
        #expect(try names(.names(["dense", "query"])) == ["attention.self.key", "attention.self.value"])
        #expect(try names(.pattern(#".*self.*"#)) == ["attention.output.dense", "intermediate.dense", "output.dense"])
        #expect(try names(.names(["bert.encoder.layer.2.output.dense"])).count == 5)
        for (excluded, problem) in [
            (TrainerSettings.TargetModules.names(["dnese"]), "exclude_modules: 'dnese' matches nothing; modules: "),
            (.pattern("self"), "exclude_modules 'self' matches no module; modules: "),
            (.pattern("("), "exclude_modules: '(' is no valid regular expression"),
            (.pattern(".*"), "exclude_modules leaves no module that gets an adapter"),
        ] {
            let error = #expect(throws: PlacementError.self) { try names(excluded) }
            #expect(error?.setting == "exclude_modules" && error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
        }
    }

    @Test func `the scale is the module's own alpha over its own rank, or over the rank's root`() {
        var lora = LoRAConfiguration(rank: 4, alpha: 8)
        (lora.rankPattern, lora.alphaPattern) = (["q": 16], ["v": 2])
        var ranks = SiteRanks(lora)
        #expect(["a.q", "a.v", "a.k"].map(ranks.scale) == [0.5, 0.5, 2])
        lora.isRankStabilized = true
        ranks = SiteRanks(lora)
        #expect(["a.q", "a.v", "a.k"].map(ranks.scale) == [2, 1, 4])
    }
}
