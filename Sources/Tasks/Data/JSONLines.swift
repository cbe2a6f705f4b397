import FoundationEssentials
import TrainerSettings

/// A JSON object on each line, with a key for the text and one for the label.
enum JSONLines {
    static func examples(
        in bytes: [UInt8], file: String, _ columns: DataColumns = DataColumns()
    ) throws(InputError) -> [LabeledText] {
        let options = JSONDecoding(userInfo: [.columns: columns])
        let form = "{\"\(columns.text)\": ..., \"\(columns.label)\": ...}"
        return try rows(in: bytes, file: file, form: form, options) { (row: Row, line, _) in
            LabeledText(text: row.text, label: row.label, line: line)
        }
    }

    /// What each line that is not blank is decoded as.
    ///
    /// - Parameters:
    ///   - form: how a row is written, for messages.
    ///   - make: gets what was decoded with its line's number and bytes.
    static func rows<Decoded: Decodable, Made>(
        in bytes: [UInt8], file: String, form: String, _ options: JSONDecoding,
        make: (Decoded, Int, ArraySlice<UInt8>) throws(InputError) -> Made
    ) throws(InputError) -> [Made] {
        var rows: [Made] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            let row: Decoded
            do throws(JSONInputError) {
                row = try JSONInput.decode(Decoded.self, from: Data(line), of: file, line: index + 1, options)
            } catch {
                if rows.isEmpty, beginsDocument(line) {
                    throw InputError(
                        place: file, problem: "is one JSON document, expected \(form) on each line; " + conversion(of: file))
                }
                throw InputError(place: error.place, problem: error.problem + "; expected \(form) on each line")
            }
            rows.append(try make(row, index + 1, line))
        }
        return rows
    }

    /// Whether the first line of a file is where a list, or an object of several lines, begins.
    private static func beginsDocument(_ line: ArraySlice<UInt8>) -> Bool {
        let signs = line.filter { $0 > 0x20 }
        return signs.first == UInt8(ascii: "[") || signs == [UInt8(ascii: "{")]
    }

    /// How a list of rows becomes a row a line.
    static func conversion(of file: String) -> String {
        let name = file.lastIndex(of: ".").map { file[..<$0] } ?? file[...]
        let target = name + (DataSource.ending(file) == "jsonl" ? ".rows.jsonl" : ".jsonl")
        return """
            a list of rows is converted by: python3 -c "import json, sys; [print(json.dumps(row)) for row in json.load(open(sys.argv[1]))]" \
            \(file.shellWord) > \(String(target).shellWord)
            """
    }

    private struct RowProblem: JSONProblem { let problem: String }

    private struct Row: Decodable {
        let text: String
        let label: String

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Name.self)
            let columns = decoder.userInfo[.columns] as? DataColumns ?? DataColumns()
            for name in [columns.text, columns.label] where !fields.contains(Name(name)) {
                throw RowProblem(problem: columns.problem(lacking: name, found: fields.allKeys.map(\.stringValue).sorted()))
            }
            guard let text = try? fields.decode(String.self, forKey: Name(columns.text)) else {
                let isNull = (try? fields.decodeNil(forKey: Name(columns.text))) == true
                throw RowProblem(problem: "'\(columns.text)' is \(isNull ? "null" : "no string")")
            }
            self.text = text
            label = try Self.label(fields, columns.label)
        }

        private static func label(_ fields: KeyedDecodingContainer<Name>, _ column: String) throws -> String {
            let key = Name(column)
            if let word = try? fields.decode(String.self, forKey: key) {
                guard word.contains(where: { !$0.isWhitespace }) else { throw RowProblem(problem: "'\(column)' is empty") }
                return word
            }
            if let flag = try? fields.decode(Bool.self, forKey: key) { return String(flag) }
            if let number = try? fields.decode(Int.self, forKey: key) { return String(number) }
            let found =
                if let number = try? fields.decode(Double.self, forKey: key) {
                    number == number.rounded() ? "a number beyond 64 bits" : "the number \(number)"
                } else if (try? fields.decodeNil(forKey: key)) == true {
                    "null"
                } else if (try? fields.nestedUnkeyedContainer(forKey: key)) != nil {
                    "a list (a text has one label)"
                } else {
                    "an object"
                }
            throw RowProblem(problem: "'\(column)' is \(found), expected a string, a whole number, or true or false")
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension CodingUserInfoKey {
    fileprivate static let columns: CodingUserInfoKey = CodingUserInfoKey(rawValue: "columns").unsafelyUnwrapped
}
