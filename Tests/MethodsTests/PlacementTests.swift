import Backbones
import Foundation
import Layers
import Methods
import Testing
import TrainerSettings

let tinyBert = URL(filePath: #filePath).deletingLastPathComponent().path + "/../BackbonesTests/Fixtures/tiny-bert"

@Suite struct PlacementTests {
    private static func names(
        _ targets: TrainerSettings.TargetModules?, _ layers: TrainerSettings.LayerSelection = .all
    ) throws -> [String] {
        let configuration = try Architectures.configuration(of: tinyBert)
        return try Placement(targets: targets, layers: layers).sites(of: configuration, for: .pooled).map {
            String($0.name.dropFirst("bert.".count)).replacing("encoder.layer.", with: "")
        }
    }

    private static func problem(
        _ targets: TrainerSettings.TargetModules?, _ layers: TrainerSettings.LayerSelection = .all
    ) -> String {
        let error = #expect(throws: PlacementError.self) { try names(targets, layers) }
        return error?.description ?? ""
    }

    @Test func `nothing said means query and value`() throws {
        #expect(
            try Self.names(nil) == (0..<3).flatMap { ["\($0).attention.self.query", "\($0).attention.self.value"] })
    }

    @Test func `a name matches whole endings, so output.dense takes attention's too`() throws {
        #expect(try Self.names(.names(["output.dense"]), .last(1)) == ["2.attention.output.dense", "2.output.dense"])
        #expect(try Self.names(.names(["layer.1.output.dense"])) == ["1.output.dense"])
        #expect(try Self.names(.names(["dense"])).count == 10)
        #expect(try Self.names(.names(["query"]), .indices([0, 2])) == ["0.attention.self.query", "2.attention.self.query"])
    }

    @Test func `a whole name is matched whatever the layers, as in PEFT`() throws {
        #expect(
            try Self.names(.names(["bert.encoder.layer.0.attention.self.key"]), .last(1)) == ["0.attention.self.key"])
    }

    @Test func `layers that go for nothing beside a whole name are remarked on`() throws {
        func remark(_ names: [String], _ layers: TrainerSettings.LayerSelection) throws -> String? {
            let placement = Placement(targets: .names(names), layers: layers)
            return placement.remark(on: try placement.sites(of: Architectures.configuration(of: tinyBert), for: .pooled))
        }
        let whole = "bert.encoder.layer.0.attention.self.key"
        #expect(try remark([whole], .last(1))?.contains("says nothing of '\(whole)'") == true)
        #expect(try remark([whole], .all) == nil)
        #expect(try remark(["query"], .last(1)) == nil)
    }

    @Test func `all-linear takes the pooler, but not where layers are chosen, and never the head`() throws {
        #expect(try Self.names(.allLinear).count == 19)
        #expect(try Self.names(.allLinear).last == "pooler.dense")
        #expect(try Self.names(.allLinear, .last(2)).count == 12)
        #expect(try Self.names(.allLinear, .last(3)).count == 18)
    }

    @Test func `a pattern matches whole names`() throws {
        #expect(
            try Self.names(.pattern(#".*\.(query|key)"#), .indices([1])) == ["1.attention.self.query", "1.attention.self.key"])
        #expect(Self.problem(.pattern("query")).hasPrefix("target_modules 'query' matches no module; modules: "))
        #expect(Self.problem(.pattern("(")) == "target_modules: '(' is no valid regular expression")
    }

    @Test func `a pattern whose search need never end is refused`() {
        #expect(
            Self.problem(.pattern(#"(\w+\.?)*!"#)).hasPrefix(#"target_modules: '(\w+\.?)*' can take one text in many ways"#))
        #expect(throws: Never.self) { try Self.names(.pattern(#"(\w+\.)*query"#)) }
    }

    @Test func `a target that matches nothing is an error that lists the modules`() {
        let modules =
            "attention.self.query, attention.self.key, attention.self.value, attention.output.dense, intermediate.dense, "
            + "output.dense, pooler.dense"
        #expect(
            Self.problem(.names(["query", "valeu"])) == "target module 'valeu' matches nothing; modules: " + modules
                + "; did you mean 'value'?")
        #expect(
            Self.problem(.names(["pooler.dense"]), .last(2))
                == "target module 'pooler.dense' matches nothing in layers 1, 2; modules: " + modules)
        #expect(Self.problem(.names(["classifier"])).contains("'classifier' matches nothing"))
        #expect(Self.problem(.names(["ttention.self.query"])).contains("matches nothing"))
    }

    @Test func `layers that the model does not have are errors`() {
        #expect(Self.problem(nil, .last(4)) == "layers_to_transform last-4: the model has 3 layers; did you mean 'last-3'?")
        #expect(Self.problem(nil, .indices([1, 3])) == "layers_to_transform: layer 3; the model has layers 0 to 2")
    }
}
