import Foundation
package import Tasks
import TrainerSettings

/// What a space file is to be written for.
package struct SpaceRequest: Sendable {
    /// As the user gave them; relative ones are relative to the current folder.
    package let model: String
    package let data: [String]
    package let question: SurveyQuestion
    /// Where the file will be.
    package let output: String

    /// - Parameter data: the file to train on first, unless the names say otherwise; then those of validation and of test.
    package init(model: String, data: [String], question: SurveyQuestion, output: String) {
        (self.model, self.data, self.question, self.output) = (model, data, question, output)
    }

    /// The folder that relative paths in the file are relative to.
    var folder: String {
        URL(filePath: output).deletingLastPathComponent().standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// A path as the file has it.
    func written(_ path: String) -> String {
        let here = URL(filePath: FileManager.default.currentDirectoryPath).resolvingSymlinksInPath().path
        return path.hasPrefix("/") || here == folder ? path : URL(filePath: path).standardizedFileURL.path
    }

    /// Which of the files are what.
    var parts: [(part: DataPart, file: String)] {
        guard data.count > 1 else { return data.map { (.train, $0) } }
        var left = data
        func take(_ words: [String]) -> String? {
            let place = left.firstIndex { file in
                let name = URL(filePath: file).lastPathComponent.lowercased()
                return words.contains { name.contains($0) }
            }
            return place.map { left.remove(at: $0) }
        }
        let test = take(["test"])
        let validation = take(["valid", "val.", "val_", "val-", "dev", "eval"])
        let train = take(["train"]) ?? (left.isEmpty ? nil : left.removeFirst())
        var files: [DataPart: String] = [:]
        files[.train] = train ?? validation ?? test
        if files[.train] != validation { files[.validation] = validation }
        if files[.train] != test { files[.test] = test }
        for part in [DataPart.validation, .test] where files[part] == nil && !left.isEmpty { files[part] = left.removeFirst() }
        // There is nothing to be compared by yet.
        if files[.validation] == nil, let test = files[.test] { (files[.validation], files[.test]) = (test, nil) }
        return DataPart.allCases.compactMap { part in files[part].map { (part, $0) } }
    }
}
