import FoundationEssentials
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct LanguageRowTests {
    private func read(
        _ text: String, as name: String, _ columns: DataColumns = DataColumns()
    ) throws -> [LanguageRow] {
        let folder = try ScratchFolder()
        let source = DataSource(path: try folder.write(text, as: name))
        return try DataFile(source, columns) { (_: [LanguageRow], _, _) in }.examples
    }

    private func refusal(_ text: String, as name: String = "x.jsonl") throws -> InputError {
        try #require(throws: InputError.self) { try read(text, as: name) }
    }

    @Test func `texts and prompts with completions are read from each kind of file`() throws {
        let lines = try read("{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\\n\"}\n", as: "x.jsonl")
        #expect(lines == [LanguageRow(content: .text("a"), line: 1), LanguageRow(content: .text("b\n"), line: 3)])
        let pairs = try read("{\"prompt\": \"a\", \"completion\": \"\", \"text\": \"c\"}\n", as: "x.jsonl")
        #expect(pairs == [LanguageRow(content: .completion(prompt: "a", completion: ""), line: 1)])
        let table = try read("id,completion,prompt\n1, good,\"a,\nb\"\n2, bad,c\n", as: "x.csv")
        #expect(
            table == [
                LanguageRow(content: .completion(prompt: "a,\nb", completion: " good"), line: 2),
                LanguageRow(content: .completion(prompt: "c", completion: " bad"), line: 4),
            ])
        #expect(try read("text\n\"a\n\nb\"\nc\n", as: "x.csv").map(\.content) == [.text("a\n\nb"), .text("c")])
        #expect(try read("text\tid\na, b\t1\n", as: "x.tsv").map(\.content) == [.text("a, b")])
    }

    @Test func `another column can be the text, whatever else there is`() throws {
        var columns = DataColumns()
        columns.text = "body"
        let line = #"{"prompt": "a", "completion": "b", "body": "c"}"# + "\n"
        #expect(try read(line, as: "x.jsonl", columns).map(\.content) == [.text("c")])
        #expect(try read("text,body\na,b\n", as: "x.csv", columns).map(\.content) == [.text("b")])
    }

    @Test func `conversations are read in the spellings in use`() throws {
        let messages = [
            ConversationRow.Message(role: "user", content: "Hi"), .init(role: "assistant", content: "Hello"),
        ]
        func conversation(_ line: String) throws -> ConversationRow? {
            guard case .conversation(let row)? = try read(line, as: "x.jsonl").first?.content else { return nil }
            return row
        }
        func turns(_ line: String, as name: String = "x.jsonl") throws -> [ConversationRow.Message]? {
            guard case .conversation(let row)? = try read(line, as: name).first?.content else { return nil }
            return row.messages
        }
        let json = #"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}"#
        #expect(try turns(json) == messages)
        let row = try #require(try conversation(json))
        #expect(row.json == Array(json.utf8) && row.asked == "Hi")
        #expect(
            try turns(#"{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}"#) == messages)
        #expect(try turns(#"{"instruction": "Hi", "input": "", "output": "Hello"}"#) == messages)
        #expect(try turns("instruction,input,output\nHi,,Hello\n", as: "x.csv") == messages)
        let all = try turns(#"{"system": "Be kind", "instruction": "Hi", "input": "there", "output": "Hello"}"#)
        #expect(all?.map(\.content) == ["Be kind", "Hi\nthere", "Hello"])
        // A call of a tool is more than a text; the template gets it as it is written.
        let call = #"{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [{"b": 1, "a": 2}]}]}"#
        let other = try #require(try conversation(call))
        #expect(other.messages == nil && other.json == Array(call.utf8))
    }

    @Test(arguments: [
        ("{\"text\": 1}\n", ":1: 'text' is no string; expected {\"prompt\""),
        ("{\"text\": \"a\"}\n{\"txt\": \"a\"}\n", ":2: found txt; expected {\"prompt\""),
        ("{\"prompt\": \"a\"}\n", ":1: lacks 'completion'"),
        ("{\"prompt\": null, \"completion\": \"a\"}\n", ":1: 'prompt' is null"),
        ("{\"prompt\": [], \"completion\": []}\n", ":1: 'prompt' is a list; a conversation is written as messages"),
        ("{\"messages\": []}\n", ":1: 'messages' is no list of messages"),
        ("{\"messages\": [{\"role\": \"user\"}]}\n", ":1: message 1 lacks 'content'"),
        ("{\"messages\": [{\"content\": \"a\"}]}\n", ":1: message 1 lacks 'role'"),
        ("{\"messages\": [7]}\n", ":1: message 1 of 'messages' is no object"),
        (
            "{\"conversations\": [{\"from\": \"bing\", \"value\": \"a\"}]}\n",
            ":1: turn 1 is from 'bing', expected one of assistant, gpt"
        ),
        (
            "{\"text\": \"a\"}\n{\"prompt\": \"a\", \"completion\": \"b\"}\n",
            ":2: the row has prompt and completion, line 1 has text"
        ),
        ("{}\n", ":1: found nothing"), ("[{\"text\": \"a\"}]\n", "is one JSON document"), ("{\"text\": \n", ":1:"),
        ("", "is empty; expected text, or prompt and completion, or messages on each line"),
    ])
    func `a row that fits no kind is named with its line`(text: String, words: String) throws {
        let error = try refusal(text)
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func `a table without such columns, or separated otherwise, is refused`() throws {
        #expect(
            try refusal("a,b\n1,2\n", as: "x.csv").description.contains(":1: found the columns a, b; expected text, or prompt"))
        #expect(try refusal("prompt;completion\na;b\n", as: "x.csv").description.contains("separated by ';'"))
        #expect(try refusal("prompt,completion\na\n", as: "x.csv").description.contains(":2: the row has 1 fields"))
    }

    @Test func `what is asked decides into which part a row falls`() {
        func hash(_ content: LanguageRow.Content) -> UInt64 { LanguageRow(content: content, line: 1).textHash }
        #expect(hash(.completion(prompt: "a", completion: "b")) == hash(.completion(prompt: " a", completion: "c")))
        #expect(hash(.completion(prompt: "a", completion: "b")) == LabeledText(text: "a", label: "", line: 1).textHash)
        let rows = [["x", "y"], ["x", "z"], ["w", "y"]].map { contents in
            ConversationRow(messages: contents.map { .init(role: "user", content: $0) }, json: nil)
        }
        #expect(hash(.conversation(rows[0])) == hash(.conversation(rows[1])))
        #expect(hash(.conversation(rows[0])) != hash(.conversation(rows[2])))
    }
}
