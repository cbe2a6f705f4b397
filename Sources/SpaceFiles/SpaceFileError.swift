import SearchSpaces
import TrainerSettings

/// A place in a file, counted from 1; columns count Unicode scalars.
package struct Position: Sendable, Hashable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (a: Position, b: Position) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// What is wrong with a space file, and where: `file:line:column: what was found; what is allowed; did you mean 'x'?`.
package struct SpaceFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As the user wrote it.
    package var file = ""
    /// nil: the file could not be read.
    package let position: Position?
    package let problem: String

    package init(at position: Position?, _ problem: String) {
        self.position = position
        self.problem = problem
    }

    package var description: String {
        let place = position.map { "\(file):\($0.line):\($0.column)" } ?? file
        return "\(place): \(problem)"
    }

    package func inFile(_ file: String) -> SpaceFileError {
        var located = self
        located.file = file
        return located
    }

    /// What space files may say and this version cannot do.
    package static func notAvailable(_ what: String, at position: Position, instead: String = "") -> SpaceFileError {
        .init(at: position, "\(what) is not available yet" + instead)
    }

    /// A name that is none of those known.
    package static func unknown(
        _ kind: String, _ name: String, at position: Position, allowed: [String], also: [String] = []
    ) -> SpaceFileError {
        let list = allowed.isEmpty ? "" : "; allowed: " + allowed.joined(separator: ", ")
        return .init(at: position, "unknown \(kind) '\(name)'\(list)\(nearestHint(to: name, among: allowed + also))")
    }
}
