import FoundationEssentials

/// One line of a data file for classification.
struct LabeledText: Sendable, Hashable {
    let text: String
    let label: String
    /// Where it begins in its file, from 1.
    let line: Int
}

extension LabeledText {
    /// All examples of a .jsonl, .csv or .tsv file in its order.
    ///
    /// - Throws: ``InputError`` naming the file and the line.
    static func read(file path: String) throws(InputError) -> [LabeledText] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw InputError(place: path, problem: "there is no such file, or it cannot be read")
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? [UInt8](data.dropFirst(3)) : [UInt8](data)
        let examples =
            switch path.split(separator: ".").last {
            case "jsonl": try JSONLines.examples(in: bytes, file: path)
            case "csv": try DelimitedText(delimiter: ",", file: path).examples(in: bytes)
            case "tsv": try DelimitedText(delimiter: "\t", file: path).examples(in: bytes)
            default: throw InputError(place: path, problem: "is of no known kind; expected .jsonl, .csv or .tsv")
            }
        guard !examples.isEmpty else {
            throw InputError(place: path, problem: "is empty; expected text and label on each line")
        }
        return examples
    }

    /// Columns of data for other tasks.
    static let otherTasks: Set = ["prompt", "completion", "messages"]
    static let otherTaskProblem =
        "prompt, completion and messages are for causal-lm, which is not available yet; expected text and label"
}
