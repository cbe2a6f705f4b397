import FoundationEssentials
import TrainerSettings

/// A space file, read and checked as far as that goes without looking at what it names.
package struct SpaceFile: Sendable {
    package let specification: StudySpecification
    /// What is allowed and yet probably not meant, in the file's order.
    package let warnings: [Warning]
    /// The paths among the trainer's settings: where they lead, and where they stand.
    let paths: [(setting: String, path: String, position: Position)]
    let places: SpaceFilePlaces
    /// The name that messages bear.
    package let file: String
    /// As it was read: a resumed study reads it again.
    package let text: String

    package struct Warning: Sendable, Hashable, CustomStringConvertible {
        package let file: String
        package let position: Position
        package let text: String

        package var description: String { "\(file):\(position.line):\(position.column): warning: \(text)" }
    }

    /// Reads a file; its folder becomes the specification's.
    ///
    /// - Parameter path: as the user gave it; messages repeat it.
    package init(path: String) throws(SpaceFileError) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw SpaceFileError(at: nil, exists ? "the file cannot be read" : "there is no such file").inFile(path)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SpaceFileError.notText(bytes).inFile(path)
        }
        let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        try self.init(text: text, file: path, folder: folder)
    }

    /// - Parameters:
    ///   - text: YAML.
    ///   - file: the name that messages bear.
    ///   - folder: absolute; where relative paths are taken from and trials start.
    package init(text: String, file: String, folder: String) throws(SpaceFileError) {
        do throws(SpaceFileError) {
            let reader = try SpaceFileReader(LocatedValue(yaml: text), file: file, folder: folder)
            specification = reader.specification
            warnings = SpaceFileWarnings(reader).all.map { Warning(file: file, position: $0, text: $1) }
            paths = reader.paths
            places = SpaceFilePlaces(reader)
            self.file = file
            self.text = text
        } catch {
            throw error.inFile(file)
        }
    }

    /// The seconds that "90s", "30m" or "2h" stand for; nil for anything else.
    package static func seconds(in text: String) -> Double? { LocatedValue.seconds(in: text) }

    /// Refuses a model or data file that is not there.
    package func requirePaths() throws(SpaceFileError) {
        for (setting, path, position) in paths where !FileManager.default.fileExists(atPath: path) {
            let folder = specification.folder + "/"
            let written = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
            let hint = ["model", "init_adapter"].contains(setting) ? HubName.hint(for: written) : ""
            throw SpaceFileError(at: position, "\(setting): there is no \(path)\(hint)").inFile(file)
        }
    }
}

extension SpaceFileError {
    fileprivate static func notText(_ bytes: some Sequence<UInt8>) -> SpaceFileError {
        let lines = String(decoding: Array(bytes), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.firstIndex { $0.contains("\u{FFFD}") } ?? 0
        let column = lines[line].unicodeScalars.prefix { $0 != "\u{FFFD}" }.count
        return .init(at: .init(line: line + 1, column: column + 1), "found bytes that are not UTF-8, expected text")
    }
}
