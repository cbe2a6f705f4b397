import BuiltInTrainer
import Foundation
import SpaceFiles
import Testing
import TrainerSettings

@testable import Tokenizers
@testable import Trainers

/// Our templates by the names that trainers of others have for them: each writes the same text, by its own package
/// (Benchmarks/template_names.py).
@Suite struct ForeignTemplateTests {
    private struct Recorded: Decodable {
        struct Message: Decodable {
            let role: String
            let content: String
        }
        let conversations: [[Message]]
        let llamaFactory: [String: [String?]]
        let axolotl: [String: [String?]]

        private enum CodingKeys: String, CodingKey {
            case conversations, axolotl
            case llamaFactory = "llama-factory"
        }
    }

    private static var special: SpecialTokens {
        var special = SpecialTokens()
        special.bos = SpecialTokens.Token(text: "<s>", id: 0)
        return special
    }

    private let recorded: Recorded

    init() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/foreign-templates.json")
        recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: path))
    }

    private func written(_ template: ChatTemplate) throws -> [String] {
        try recorded.conversations.map {
            try template.render(Conversation($0.map { ($0.role, $0.content) }), generationPrompt: false).text
        }
    }

    /// The trainer's own configuration of a trial with one of our names.
    private func configuration(_ type: String, _ name: String) throws -> String {
        let project = try ExternalProject(row: #"{"messages": [{"role": "user", "content": "a"}]}"#)
        return project.configuration(try project.program(try project.file(type, "chat_template: \(name)").specification))
    }

    private func value(_ key: String, in text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(key + ": ") }
            .map { String($0.dropFirst(key.count + 2)).replacing("\"", with: "") }
    }

    @Test(arguments: NamedTemplates.names) func `LLaMA-Factory writes a named template's text`(name: String) throws {
        let theirs = try #require(value("template", in: configuration("llama-factory", name)))
        let own = try written(ChatTemplate(named: name, special: Self.special))
        #expect(recorded.llamaFactory[theirs]?.compactMap(\.self) == own, "\(theirs)")
    }

    @Test(arguments: NamedTemplates.names) func `Axolotl writes a named template's text`(name: String) throws {
        let text = try configuration("axolotl", name)
        let theirs = try #require(value("chat_template", in: text))
        let own = try written(ChatTemplate(named: name, special: Self.special))
        guard theirs == "jinja" else {
            #expect(recorded.axolotl[theirs]?.compactMap(\.self) == own, "\(theirs)")
            return
        }
        // Its own of that name takes less.
        #expect(recorded.axolotl[name]?.contains(nil) == true && text.contains("chat_template_jinja: "))
    }

    @Test(arguments: ["trl", "peft", "mlx-lm"]) func `a trial finds a named template's text beside it`(type: String) throws {
        let project = try ExternalProject(row: #"{"messages": [{"role": "user", "content": "a"}]}"#)
        let steps = "max_steps: 8, eval_steps: 2, task: causal-lm"
        let program = try project.program(try project.file(type, steps + ", chat_template: phi3").specification)
        #expect(program.files["chat_template.jinja"] == NamedTemplates.text(named: "phi3"))
        guard type == "trl" else { return }
        let path = try #require(value("chat_template_path", in: project.configuration(program)))
        #expect(path == "TRIAL/chat_template.jinja", "\(path)")
        #expect(try project.program(try project.file(type).specification).files["chat_template.jinja"] == nil)
    }
}
