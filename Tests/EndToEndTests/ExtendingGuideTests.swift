import Foundation
import Testing

/// docs/extending.md shows code that is compiled and tested: each block stands in the file that is named above it.
@Suite struct ExtendingGuideTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test func `every block of the guide stands in the file that it names`() throws {
        let blocks = try Self.text("docs/extending.md").matches(
            of: /`(?<path>[A-Za-z\/+]+\.swift)`[^`]*\n\n```swift\n(?<code>[^`]*)```/)
        #expect(blocks.count >= 8)
        for block in blocks {
            let code = try Self.text(String(block.output.path))
            for part in block.output.code.split(separator: "// ...\n").map({ $0.drop { $0 == "\n" } }) {
                #expect(code.contains(part.trimmingCharacters(in: .newlines)), "\(block.output.path) has no longer:\n\(part)")
            }
        }
    }

    @Test func `every file and folder that the guide and CONTRIBUTING.md name is there`() throws {
        for page in ["docs/extending.md", "CONTRIBUTING.md", "docs/architecture.md", "README.md"] {
            for match in try Self.text(page).matches(
                of: /`(?<path>(?:Sources|Tests|Benchmarks|docs|scripts)\/[A-Za-z0-9_\/.+-]+)`/)
            {
                let path = String(match.output.path)
                #expect(
                    FileManager.default.fileExists(atPath: Self.root.appending(path: path).path), "\(page): there is no \(path)"
                )
            }
        }
    }
}
