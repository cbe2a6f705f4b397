import ArgumentParser
import Foundation
import StudyStore

/// Where studies are.
struct StudiesOption: ParsableArguments {
    @Option(help: "The folder with the studies.") var studies = "studies"

    /// The folder, absolute: trials start elsewhere.
    var root: String { URL(filePath: studies).standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/") }
}

/// A study that is there already.
struct StudyArgument: ParsableArguments {
    @Argument(help: "The study's name.") var study: String
    @OptionGroup var studies: StudiesOption

    func store(for purpose: StudyStore.Purpose = .reading) throws -> StudyStore {
        try StudyStore.open(try StudyFolder(root: studies.root, name: study), for: purpose)
    }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String {
        count > 1 && hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }

    /// Padded with spaces to a width, on the right or on the left.
    func padded(_ width: Int, left: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return left ? spaces + self : self + spaces
    }
}
