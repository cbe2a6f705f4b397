import Checkpoints
import Finetuning
import FoundationEssentials
import Tokenizers
package import TrainerSettings

/// The base's tokenizer beside an adapter, as trainers leave it there.
package enum AdapterTokenizer {
    private static let marks = ["tokenizer.json", "tokenizer_config.json"]

    static func isThere(in folder: String) -> Bool {
        marks.contains { FileManager.default.fileExists(atPath: folder + "/" + $0) }
    }

    /// Puts beside an adapter the tokenizer of its base, and the template that it was trained with. What its trainer has put there stays.
    ///
    /// - Parameters:
    ///   - settings: the trial's.
    ///   - template: that it was trained with; nil: its base's.
    /// - Throws: an error naming the file that cannot be written.
    package static func write(_ settings: TrainerSettings, _ template: TrainedTemplate?, in folder: String) throws {
        var files = template.map { [$0.folderFile] } ?? []
        if !isThere(in: folder), FileManager.default.fileExists(atPath: settings.model) {
            let names = Set(files.map(\.name))
            do {
                files += try ModelFolderFiles.tokenizer(of: settings.model).filter { !names.contains($0.name) }
            } catch let error where error is TokenizerError || error is CheckpointError {
                // A GGUF file may hold one that is not written for a folder yet, or be damaged: then there is none beside the adapter.
            }
        }
        for file in files where !FileManager.default.fileExists(atPath: folder + "/" + file.name) { try file.write(in: folder) }
    }

    static func remarks(of folder: String) -> [String] {
        isThere(in: folder) ? ["A tokenizer is beside it: `AutoTokenizer.from_pretrained` takes this folder."] : []
    }

    /// What the tokenizer beside an adapter has otherwise than its base's, but the template; nil: nothing, or one of the two is not there.
    static func difference(of adapter: String, to base: String) -> String? {
        guard let own = TokenizerWords(folder: adapter), let other = TokenizerWords(folder: base) else { return nil }
        let ends = own.ends.filter { key, token in other.ends[key].map { $0 != token } ?? false }
        let tokens = Set(own.numbers.keys).union(other.numbers.keys).filter { own.numbers[$0] != other.numbers[$0] }
        let names = ends.map { "\($0) '\($1)'" }.sorted() + tokens.sorted().map { "token '\($0)'" }
        return names.isEmpty ? nil : names.prefix(3).joined(separator: ", ").printable + (names.count > 3 ? ", ..." : "")
    }
}

/// What a tokenizer's numbers mean, and which tokens begin and end texts.
private struct TokenizerWords {
    private(set) var numbers: [String: Int] = [:]
    private(set) var ends: [String: String] = [:]

    /// nil: the folder has none that can be read.
    init?(folder: String) {
        guard let values = try? JSONInput.object(file: folder + "/tokenizer.json") else { return nil }
        if case .object(let model)? = values["model"] {
            switch model["vocab"] {
            case .object(let known)?: numbers = known.compactMapValues(\.integer)
            case .array(let pairs)?:
                for (number, pair) in pairs.enumerated() {
                    if case .array(let pair) = pair, let token = pair.first?.text { numbers[token] = number }
                }
            default: break
            }
        }
        if case .array(let added)? = values["added_tokens"] {
            for case .object(let token) in added {
                if let text = token["content"]?.text { numbers[text] = token["id"]?.integer }
            }
        }
        let told = (try? JSONInput.object(file: folder + "/tokenizer_config.json")) ?? [:]
        for key in ["bos_token", "eos_token"] {
            if case .object(let token)? = told[key] { ends[key] = token["content"]?.text } else { ends[key] = told[key]?.text }
        }
    }
}
