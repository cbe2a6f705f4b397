import Glibc
import TrainerSettings

/// What is wanted of a file.
package struct ImportRequest: Sendable, Hashable {
    /// The study's name, where a file can have several.
    package var study: String?
    /// Which of a study's objectives, or which column.
    package var metric: String?
    /// The parameters, by the file's names; nil: all that it has.
    package var parameters: Set<String>?

    package init(study: String? = nil, metric: String? = nil, parameters: Set<String>? = nil) {
        (self.study, self.metric, self.parameters) = (study, metric, parameters)
    }
}

/// A kind of file in which another program keeps its studies. A new one conforms in a file of its own and is added to
/// ``ForeignFormats/all``.
package protocol ForeignFormat: Sendable {
    /// For people: "an Optuna database".
    var name: String { get }

    /// Whether a file is of this kind.
    ///
    /// - Parameter start: its first bytes.
    func matches(start: [UInt8], path: String) -> Bool

    /// - Throws: where the file is damaged, or has not what is wanted; the names that it has are then listed.
    func read(_ path: String, _ request: ImportRequest) throws(ImportError) -> ForeignStudy
}

package enum ForeignFormats {
    package static let optuna: [any ForeignFormat] = [OptunaDatabase(), OptunaJournal()]
    package static let table: any ForeignFormat = CSVFile()
    package static let all: [any ForeignFormat] = optuna + [table]

    /// Reads a file by the first of these formats that it is of.
    package static func read(
        _ path: String, _ request: ImportRequest, as formats: [any ForeignFormat] = all
    ) throws(ImportError) -> ForeignStudy {
        let start = try start(of: path)
        guard let format = formats.first(where: { $0.matches(start: start, path: path) }) else {
            throw ImportError(path, "is neither " + formats.map(\.name).joined(separator: " nor "))
        }
        return try format.read(path, request)
    }

    /// A file's first bytes.
    private static func start(of path: String) throws(ImportError) -> [UInt8] {
        do throws(RegularFileError) {
            let descriptor = try RegularFile.open(path)
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            return Array(bytes.prefix(max(0, count)))
        } catch {
            throw ImportError(path, error.problem)
        }
    }

    /// Picks a study by name; the only one where none is named.
    static func pick(_ wanted: String?, of names: [String], in path: String) throws(ImportError) -> Int {
        guard let wanted else {
            guard names.count != 1 else { return 0 }
            throw ImportError(
                path, names.isEmpty ? "has no study" : "has several studies: \(list(names)); say which (study)")
        }
        guard let index = names.firstIndex(of: wanted) else {
            throw ImportError(path, "has no study '\(wanted)'; it has \(list(names))\(nearestHint(to: wanted, among: names))")
        }
        return index
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
    }
}
