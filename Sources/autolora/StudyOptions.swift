import ArgumentParser
import Foundation
import StudyStore
import TrainerSettings

/// Where studies are.
struct StudiesOption: ParsableArguments {
    @Option(help: "The folder with the studies.", completion: .directory) var studies = "studies"

    func validate() throws { try PathArguments.requireExpanded(studies, option: "--studies") }

    /// The folder, absolute: trials start elsewhere.
    var root: String { URL(filePath: studies).standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/") }
}

/// A study that is there already.
struct StudyArgument: ParsableArguments {
    @Argument(help: "The study's name.", completion: .custom { words, _, _ in StudyNames.complete(words) }) var study: String
    @OptionGroup var studies: StudiesOption

    func store(for purpose: StudyStore.Purpose = .reading) throws -> StudyStore {
        try StudyStore.open(try StudyFolder(root: studies.root, name: study), for: purpose)
    }
}

/// What a shell offers where a study's name is wanted.
enum StudyNames {
    /// - Parameter words: the command line so far, of which `--studies` counts.
    static func complete(_ words: [String]) -> [String] {
        var root = "studies"
        for (word, next) in zip(words, words.dropFirst()) where word == "--studies" { root = next }
        for word in words where word.hasPrefix("--studies=") { root = String(word.dropFirst("--studies=".count)) }
        return StudyFolder.names(in: root)
    }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String {
        count > 1 && hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

extension StudiesOption {
    /// The option as it has to be typed again, or nothing where it was left out.
    var repeated: String { studies == "studies" ? "" : " --studies \(studies.shellWord)" }
}
