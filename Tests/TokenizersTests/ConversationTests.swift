import Testing

@testable import Tokenizers

@Suite struct ConversationTests {
    private static let printing = "{% for m in messages %}{{ m | tojson }};{% endfor %}{{ tools | tojson }}"

    private func printed(_ json: String) throws -> String {
        let template = try ChatTemplate(source: Self.printing, place: "t", special: SpecialTokens())
        return try template.render(Conversation(json: json.utf8, place: "line 3")).text
    }

    @Test func `messages keep their keys' order and their values`() throws {
        let list = #"[{"role": "user", "content": "a\u00e9\ud83d\ude00\n", "z": [1, 2.5, true, null, {"b": {}, "a": []}]}]"#
        #expect(
            try printed(list) == #"{"role": "user", "content": "aé😀\n", "z": [1, 2.5, true, null, {"b": {}, "a": []}]};null"#)
        #expect(try printed(#"{"tools": [{"n": 1}], "messages": [{"role": "x"}]}"#) == #"{"role": "x"};[{"n": 1}]"#)
    }

    @Test func `what is null is left out, and reasoning has all its names`() throws {
        let list = #"[{"role": "assistant", "content": null, "reasoning": "r"}]"#
        #expect(
            try printed(list) == #"{"thinking": "r", "role": "assistant", "reasoning": "r", "reasoning_content": "r"};null"#)
    }

    @Test(arguments: [
        (#"{"prompt": 1}"#, "line 3: 'messages' is no list of messages"), ("[]", "line 3: 'messages' is no list of messages"),
        (#"[{"role": "user"}, {"content": "x"}]"#, "line 3: message 2 is no object with a text 'role'"),
        ("[1]", "line 3: message 1 is no object"),
        (#"[{"role": }]"#, "line 3:1:11: found '}', expected a JSON value"),
    ])
    func `what is no list of messages is refused with its place`(json: String, words: String) {
        let error = #expect(throws: TokenizerError.self) { try Conversation(json: json.utf8, place: "line 3") }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }

    @Test func `the roles are told in their order`() throws {
        #expect(Conversation([("user", "a"), ("assistant", "b")]).roles == ["user", "assistant"])
        #expect(try Conversation(json: #"[{"role": "tool"}]"#.utf8, place: "x").roles == ["tool"])
    }

    @Test func `a folder's template is found where its model has it`() throws {
        func own(_ files: [String: String]) throws -> String? {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            for (name, text) in files { try folder.write(text, as: name) }
            let template = try ChatTemplate.own(folder: folder.path, special: SpecialTokens())
            return try template?.render(Conversation([("user", "x")])).text
        }
        #expect(try own([:]) == nil)
        #expect(try own(["tokenizer_config.json": "{}"]) == nil)
        #expect(try own(["tokenizer_config.json": #"{"chat_template": "A"}"#]) == "A")
        #expect(try own(["tokenizer_config.json": #"{"chat_template": "A"}"#, "chat_template.jinja": "B\n"]) == "B")
        #expect(try own(["chat_template.json": #"{"chat_template": "C"}"#]) == "C")
        let named = #"{"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}"#
        #expect(try own(["tokenizer_config.json": named]) == "D")
        for text in [#"{"chat_template": 1}"#, #"{"chat_template": [{"name": "x", "template": "D"}]}"#, "{"] {
            #expect(throws: TokenizerError.self) { try own(["tokenizer_config.json": text]) }
        }
    }
}
