import FoundationEssentials
import TrainerSettings

/// A JSON object on each line, with the keys "text" and "label".
enum JSONLines {
    private static let form = #"{"text": ..., "label": ...}"#

    static func examples(in bytes: [UInt8], file: String) throws(InputError) -> [LabeledText] {
        var examples: [LabeledText] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            let row: Row
            do throws(JSONInputError) {
                row = try JSONInput.decode(Row.self, from: Data(line), of: file, line: index + 1)
            } catch {
                throw InputError(place: error.place, problem: error.problem + "; expected \(form) on each line")
            }
            examples.append(LabeledText(text: row.text, label: row.label, line: index + 1))
        }
        return examples
    }

    private struct RowProblem: JSONProblem { let problem: String }

    private struct Row: Decodable {
        let text: String
        let label: String

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Name.self)
            guard fields.contains(Name("text")) else {
                let others = fields.allKeys.contains { LabeledText.otherTasks.contains($0.stringValue) }
                throw RowProblem(problem: others ? LabeledText.otherTaskProblem : "lacks 'text'")
            }
            guard let text = try? fields.decode(String.self, forKey: Name("text")) else {
                throw RowProblem(problem: "'text' is no string")
            }
            guard fields.contains(Name("label")) else { throw RowProblem(problem: "lacks 'label'") }
            self.text = text
            if let word = try? fields.decode(String.self, forKey: Name("label")) {
                label = word
            } else if let flag = try? fields.decode(Bool.self, forKey: Name("label")) {
                label = String(flag)
            } else if let number = try? fields.decode(Int.self, forKey: Name("label")) {
                label = String(number)
            } else {
                throw RowProblem(problem: "'label' is neither a string nor a whole number nor true or false")
            }
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
