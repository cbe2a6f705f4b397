import FoundationEssentials
import TrainerSettings

/// plotly.js, as PyPI's package plotly ships it; `make setup` fetches it (scripts/fetch-plotly.py).
package struct PlotlyScript: Sendable {
    package static let name = "plotly.min.js"
    /// Beside the binary, or where a package puts it: `share/autolora` next to `bin`.
    private static let folders = ["", "share/autolora/"]
    /// From `.build/x86_64-unknown-linux-gnu/release` it is three folders up to the repository's `share`.
    private static let steps = 4

    package let path: String

    /// - Parameter executable: the binary's path; it is looked for in its folder and in those above.
    /// - Throws: ``StudyViewError`` where it is nowhere there.
    package static func find(beside executable: String) throws(StudyViewError) -> PlotlyScript {
        var parts = executable.split(separator: "/").dropLast().map(String.init)
        let nearest = "/" + parts.joined(separator: "/")
        for _ in 0...steps {
            let folder = "/" + parts.map { $0 + "/" }.joined()
            for place in folders.map({ folder + $0 + name }) where FileManager.default.fileExists(atPath: place) {
                return PlotlyScript(path: place)
            }
            guard parts.popLast() != nil else { break }
        }
        throw StudyViewError(
            "\(name) is not there, which pictures in pages need; `make setup` fetches it into share/autolora, or put it into \(nearest) "
                + "(from PyPI's package plotly: plotly/package_data/\(name))")
    }

    /// - Throws: ``StudyViewError`` where it cannot be read, or is something else.
    package func text() throws(StudyViewError) -> String {
        let bytes: Data
        do throws(RegularFileError) {
            bytes = try RegularFile.read(path, atMost: 32 << 20)
        } catch { throw StudyViewError("\(error)") }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.prefix(200).contains("plotly.js v") else {
            throw StudyViewError("\(path): is not plotly.js; remove it, and `make setup` fetches it again")
        }
        return text
    }
}
