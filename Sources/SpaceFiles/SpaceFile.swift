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
    /// Times, sizes and limits as the file writes them, by their keys with points between: `constraints.peak_memory_bytes.max`.
    package let written: [String: String]
    /// The name that messages give.
    package let file: String
    /// As it was read: a resumed study reads it again.
    package let text: String
    /// Whether a study has begun by it.
    package let isOnRecord: Bool

    package struct Warning: Sendable, Hashable, CustomStringConvertible {
        package let file: String
        package let position: Position
        package let text: String

        package init(file: String, position: Position, text: String) {
            self.file = file
            self.position = position
            self.text = text
        }

        package var description: String { "\(file):\(position.line):\(position.column): warning: \(text)" }
    }

    /// Reads a file; its folder becomes the specification's.
    ///
    /// - Parameters:
    ///   - path: as the user gave it; messages repeat it.
    ///   - trainers: every type that a file can name; the first is taken where it names none.
    package init(path: String, trainers: [any TrainerType]) throws(SpaceFileError) {
        let text: String
        do {
            text = try TextFile.text(path)
        } catch {
            let position = error.line.map { Position(line: $0, column: error.column ?? 1) }
            throw SpaceFileError(at: position, error.problem).inFile(path)
        }
        let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        try self.init(text: text, SpaceFilePlace(file: path, folder: folder), trainers: trainers)
    }

    /// - Parameter text: YAML.
    package init(text: String, _ place: SpaceFilePlace, trainers: [any TrainerType]) throws(SpaceFileError) {
        // A mark of the byte order says nothing in UTF-8; editors on Windows write it all the same.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        do throws(SpaceFileError) {
            let reader = try SpaceFileReader(LocatedValue(yaml: text), place: place, trainers: trainers)
            specification = reader.specification
            warnings = SpaceFileWarnings(reader).all.map { Warning(file: place.file, position: $0, text: $1) }
            paths = reader.paths
            places = SpaceFilePlaces(reader)
            written = reader.written
            (file, isOnRecord) = (place.file, place.isOnRecord)
            self.text = text
        } catch {
            throw error.inFile(place.file)
        }
    }

    /// The seconds that "90s", "30m" or "2h" stand for; nil for anything else, and for what no study takes.
    package static func seconds(in text: String) -> Double? {
        LocatedValue.seconds(in: text).flatMap { LocatedValue.times.contains($0) ? $0 : nil }
    }

    /// Has the study run elsewhere than the file says.
    ///
    /// - Parameter words: the runner's type, and its keys with their values: `slurm partition=gpu time=2h`. None: as the file says.
    package mutating func run(on words: [String]) throws(SpaceFileError) {
        guard !words.isEmpty else { return }
        (specification.devices, specification.cluster) = try RunnerWords(words).request()
    }

    /// The folder where trials start.
    package mutating func start(in folder: String) { specification.folder = folder }

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

/// Where a space file is.
package struct SpaceFilePlace: Sendable, Hashable {
    /// The name that messages have.
    package let file: String
    /// Absolute; where relative paths are taken from and trials start.
    package let folder: String
    /// Whether a study has begun by it: what a later version refuses to begin with is read as it was.
    package let isOnRecord: Bool

    package init(file: String, folder: String, isOnRecord: Bool = false) {
        (self.file, self.folder, self.isOnRecord) = (file, folder, isOnRecord)
    }
}
