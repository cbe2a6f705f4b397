import FoundationEssentials
package import SearchSpaces
import TrainerSettings

/// A space file, read and checked as far as that goes without looking at what it names.
package struct SpaceFile: Sendable {
    package private(set) var specification: StudySpecification
    /// What is allowed and yet probably not meant, in the file's order.
    package let warnings: [Warning]
    /// The paths among the trainer's settings: where they lead, and where they stand.
    let paths: [(setting: String, path: String, position: Position)]
    let places: SpaceFilePlaces
    /// nil: the trainer is the built-in one.
    let command: LocatedCommand?
    /// Times, sizes and limits as the file writes them, by their keys with points between: `constraints.peak_memory_bytes.max`.
    package let written: [String: String]
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
        let text: String
        do {
            text = try TextFile.text(path)
        } catch {
            let position = error.line.map { Position(line: $0, column: error.column ?? 1) }
            throw SpaceFileError(at: position, error.problem).inFile(path)
        }
        let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        try self.init(text: text, file: path, folder: folder)
    }

    /// - Parameters:
    ///   - text: YAML.
    ///   - file: the name that messages bear.
    ///   - folder: absolute; where relative paths are taken from and trials start.
    package init(text: String, file: String, folder: String) throws(SpaceFileError) {
        // A mark of the byte order says nothing in UTF-8; editors on Windows write it all the same.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        do throws(SpaceFileError) {
            let reader = try SpaceFileReader(LocatedValue(yaml: text), file: file, folder: folder)
            specification = reader.specification
            warnings = SpaceFileWarnings(reader).all.map { Warning(file: file, position: $0, text: $1) }
            paths = reader.paths
            places = SpaceFilePlaces(reader)
            command = reader.trainer.command
            written = reader.written
            self.file = file
            self.text = text
        } catch {
            throw error.inFile(file)
        }
    }

    /// The seconds that "90s", "30m" or "2h" stand for; nil for anything else, and for what no study takes.
    package static func seconds(in text: String) -> Double? {
        LocatedValue.seconds(in: text).flatMap { LocatedValue.times.contains($0) ? $0 : nil }
    }

    /// The folder where trials start.
    mutating func start(in folder: String) { specification.folder = folder }

    /// Refuses a model or data file that is not there.
    package func requirePaths() throws(SpaceFileError) {
        for (setting, path, position) in paths where !FileManager.default.fileExists(atPath: path) {
            let folder = specification.folder + "/"
            let written = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
            let hint = TrainerSettings.hint(forMissing: written, in: setting)
            throw SpaceFileError(at: position, "\(setting): there is no \(path)\(hint)").inFile(file)
        }
    }
}
