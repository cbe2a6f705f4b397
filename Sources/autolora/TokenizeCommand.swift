import ArgumentParser
import FoundationEssentials
import Tasks
import Tokenizers
import TrainerSettings

/// Texts in, ids out: for comparing with other tokenizers (Benchmarks/compare_tokenizer.py).
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Reads a JSON text from each line and prints its ids as a JSON list.",
        shouldDisplay: false)

    @Argument(help: "A folder with tokenizer.json or vocab.txt, or a .gguf file.") var model: String
    @Option(help: "Tokens of a text, its start and end included.") var maxLength = 128

    func run() throws {
        do {
            let tokenizer = try ModelTokenizer.tokenizer(of: model)
            var (lines, number) = (InputLines(), 0)
            while let line = try lines.next() {
                number += 1
                let text = try JSONInput.decode(String.self, from: Data(line.utf8), of: "standard input", line: number)
                let ids = tokenizer.encode(text, maxLength: maxLength)
                print(JSONWriter.text(.array(ids.map { .int(Int($0)) }), .report))
            }
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }
}
