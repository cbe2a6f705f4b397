import Testing
import TrainerSettings

@testable import Tasks

@Suite struct DataFileTests {
    private func read(_ text: String, as name: String) throws -> [LabeledText] {
        let folder = try ScratchFolder()
        return try DataFile(DataSource(path: folder.write(text, as: name)), check: ClassificationTask.check).examples
    }

    @Test func `a JSON line's label may be a string, a whole number or a boolean`() throws {
        let examples = try read(
            """
            {"text": "a", "label": "pos"}
            {"label": 1, "text": "b", "more": [1]}

            {"text": "", "label": true}
            {"text": "d\\n\\u00e9", "label": -2}
            """, as: "x.jsonl")
        #expect(
            examples == [
                LabeledText(text: "a", label: "pos", line: 1), LabeledText(text: "b", label: "1", line: 2),
                LabeledText(text: "", label: "true", line: 4), LabeledText(text: "d\né", label: "-2", line: 5),
            ])
    }

    @Test func `byte-order mark and carriage returns are no part of the data`() throws {
        let wanted = [LabeledText(text: "a", label: "x", line: 1)]
        #expect(try read("\u{FEFF}{\"text\": \"a\", \"label\": \"x\"}\r\n", as: "x.jsonl") == wanted)
        let table = try read("\u{FEFF}text,label\r\na,x\r\n", as: "x.csv")
        #expect(table == [LabeledText(text: "a", label: "x", line: 2)])
    }

    @Test func `quoted fields keep delimiters, quotes and line ends`() throws {
        let examples = try read("id,label,text\n1,pos,\"one, \"\"two\"\"\nthree\"\n2,neg,plain \"as is\"\n", as: "x.csv")
        #expect(
            examples == [
                LabeledText(text: "one, \"two\"\nthree", label: "pos", line: 2),
                LabeledText(text: "plain \"as is\"", label: "neg", line: 4),
            ])
    }

    @Test func `tabs part the fields of a tsv, and commas do not`() throws {
        let examples = try read("text\tlabel\na, b\tx\n\nc\t\"y\"", as: "x.tsv")
        #expect(examples == [LabeledText(text: "a, b", label: "x", line: 2), LabeledText(text: "c", label: "y", line: 4)])
    }

    @Test func `an empty last field is a field`() throws {
        let records = try DelimitedText(separator: ",", file: "x").quotedRecords(in: Array("a,b\n1,\n\"\",".utf8))
        #expect(records.map(\.fields) == [["a", "b"], ["1", ""], ["", ""]])
    }

    @Test(arguments: [
        (
            "x.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\nnonsense\n",
            ":2:1: found 'n', expected a JSON value; expected {\"text\""
        ),
        ("x.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\n[1]\n", ":2: it is no object; expected {\"text\""),
        ("x.jsonl", "\n{\"text\": \"a\"}\n", ":2: lacks 'label'; found text; set label_column"),
        ("x.jsonl", "{\"label\": \"a\"}\n", ":1: lacks 'text'; found label; set text_column"),
        (
            "x.jsonl", "{\"Text\": \"a\", \"label\": \"a\"}\n",
            ":1: lacks 'text'; found Text, label; set text_column to the name that is meant, such as text_column: Text"
        ),
        ("x.jsonl", "{\"text\": 1, \"label\": \"a\"}\n", ":1: 'text' is no string"),
        ("x.jsonl", "{\"text\": null, \"label\": \"a\"}\n", ":1: 'text' is null"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": 1.5}\n", ":1: 'label' is the number 1.5, expected a string, a whole number"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": 1e300}\n", ":1: 'label' is a number beyond 64 bits"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": null}\n", ":1: 'label' is null"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": [1, 0]}\n", ":1: 'label' is a list (a text has one label)"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": {\"a\": 1}}\n", ":1: 'label' is an object"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": \" \"}\n", ":1: 'label' is empty"),
        (
            "x.jsonl", "[{\"text\": \"a\", \"label\": \"b\"}]\n",
            ": is one JSON document, expected {\"text\": ..., \"label\": ...} on each line; a list"
        ),
        ("x.jsonl", "\n[\n  {\"text\": \"a\", \"label\": \"b\"}\n]\n", ": is one JSON document"),
        ("x.jsonl", "{\n  \"text\": \"a\",\n  \"label\": \"b\"\n}\n", ": is one JSON document"),
        (
            "x.json", "[]",
            ": ends in .json; a file with a JSON object on each line is to be called .jsonl, and a list of rows is converted by: python3"
        ),
        (
            "x.csv", "text,label\na,1\nb,0.25\n",
            ":3: 'label' is the number 0.25, and every label of the file is a number: expected whole numbers, or texts that name the classes"
        ),
        ("x.tsv", "text\tlabel\na\t.5\nb\t1.0\n", ":2: 'label' is the number .5"),
        (
            "x.jsonl", "{\"text\": \"a\", \"label\": \"0.5\"}\n{\"text\": \"b\", \"label\": 1}\n",
            ":1: 'label' is the number 0.5"
        ),
        ("x.csv", "text,label\na,-1.5e0\nb, 2.5 \n", ":2: 'label' is the number -1.5e0"),
        ("x.jsonl", "{\"messages\": []}\n", "are for task: causal-lm"),
        ("x.jsonl", "", ": is empty; expected text and label"),
        ("x.jsonl", "\n\n", ": is empty"),
        ("x.csv", "", ": is empty"),
        ("x.csv", "text,label\n", ": is empty"),
        ("x.csv", "text,class\na,b\n", ":1: lacks 'label'; found text, class; set label_column"),
        ("x.csv", "sentence,label\na,b\n", ":1: lacks 'text'; found sentence, label; set text_column"),
        ("x.csv", "text, label\na, b\n", ":1: lacks 'label'; found text, ' label'; set label_column"),
        ("x.csv", "text;label\na;b\n", ":1: its columns are separated by ';', expected ','; set separator: ';'"),
        ("x.csv", "\"text\";\"label\"\n\"a\";\"b\"\n", "; set separator: ';'"),
        ("x.csv", "\n\ntext\tlabel\na\tb\n", ":3: its columns are separated by 'tab', expected ','; set separator: tab"),
        ("x.tsv", "text,label\na,b\n", ":1: its columns are separated by ',', expected 'tab'; set separator: ','"),
        ("x.csv", "text,label\rgood film,good\rawful,bad\r", ": its lines end with a carriage return alone"),
        ("x.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\r", ": its lines end with a carriage return alone"),
        ("x.csv", "prompt,completion\na,b\n", ":1: prompt, completion and messages are for task: causal-lm"),
        ("x.csv", "text,label\n\"a\nb\",x\nc\n", ":4: the row has 1 fields, the first line names 2"),
        ("x.csv", "text,label\n\"a\nb\"\n", ":2: the row, down to line 3 in its quotes, has 1 fields"),
        ("x.csv", "text,label\na,\n", ":2: 'label' is empty"),
        (
            "x.csv", "text,label\nb,x\n\"a,b\n\n",
            ":3: a quote opens here and is never closed; where quotes are part of the text, set quoting: off"
        ),
        ("x.csv", "text,label\n\"a\"b,x\n", ":2: a quote opens here, and text follows where it closes;"),
        ("x.txt", "a", ": is of no known kind; expected .jsonl, .csv or .tsv"),
    ])
    func `what is wrong with a file is said with its line`(name: String, text: String, words: String) throws {
        let error = try #require(throws: InputError.self) { try read(text, as: name) }
        #expect(error.description.contains(name + words) || error.problem.contains(words), "\(error)")
    }

    @Test(arguments: [
        ["1.5 stars", "2 stars"], ["1.5", "good"], ["1.0", "2.0"], ["v1.5", "v1.6"], ["1", "2"], ["07", "1e3"],
        ["1.2.3", "1.5"], ["nan", "0.5"],
    ])
    func `labels that are texts, or whole numbers, stay what they are`(labels: [String]) throws {
        let rows = try read("text,label\n" + labels.map { "a,\($0)\n" }.joined(), as: "x.csv")
        #expect(rows.map(\.label) == labels)
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: InputError.self) {
            try DataFile(DataSource(path: "/nowhere/train.jsonl"), check: ClassificationTask.check)
        }
        #expect(error?.description == "/nowhere/train.jsonl: there is no such file")
    }
}
