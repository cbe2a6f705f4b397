import Foundation
import Tasks

/// Models and data files in the current folder, for whoever names none.
struct NearbyFiles {
    private let files = FileManager.default

    private func names(in folder: String) -> [String] {
        ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted().prefix(1000).map {
            folder == "." ? $0 : folder + "/" + $0
        }
    }

    /// The one model that is here, or in a folder `models`.
    func model() throws -> String {
        let places = [".", "models"].flatMap { names(in: $0) }
        let found = places.filter { $0.hasSuffix(".gguf") || files.fileExists(atPath: $0 + "/config.json") }
        return try only(found, "model", "--model: a Hugging Face model folder, or a .gguf file")
    }

    /// The files of the one folder that has any: this one, `data`, or one in that.
    func data() throws -> [String] {
        let endings = [".jsonl", ".csv", ".tsv"]
        for folder in [".", "data"] + names(in: "data") {
            let found = names(in: folder).filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
            guard !found.isEmpty else { continue }
            let parts = found.filter { file in
                ["train", "valid", "dev", "test", "val."].contains {
                    URL(filePath: file).lastPathComponent.lowercased().contains($0)
                }
            }
            if parts.count > 1, parts.count <= 3 { return parts }
            return [try only(found, "data file", "--data: the file to train on, and those of validation and test")]
        }
        return [try only([], "data file", "--data: a .jsonl, .csv or .tsv file")]
    }

    private func only(_ found: [String], _ what: String, _ option: String) throws -> String {
        if found.count == 1 { return found[0] }
        let list = found.prefix(8).joined(separator: ", ") + (found.count > 8 ? ", ..." : "")
        let words = found.isEmpty ? "no \(what) is found in this folder" : "several could be the \(what): \(list)"
        throw InputError(place: "init", problem: "\(words); give \(option)")
    }
}
