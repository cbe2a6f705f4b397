import Foundation
import TestSupport
import Testing

@testable import fuzz

/// A few of the inputs of which `make fuzz` reads very many.
@Suite(.timeLimit(.minutes(5))) struct FormatTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    /// - Parameter slack: what the limits of time and memory are multiplied by; nil: as the environment says.
    /// - Parameter wait: seconds that an input may wait; nil: many.
    private func fuzz(_ arguments: String..., slack: Int? = nil, wait: Int? = nil) async throws -> (code: Int32, output: String)
    {
        let process = try ChildProcess(
            [TemporaryFolder.binary("fuzz")] + arguments, in: temporary.path,
            adding: ["AUTOLORA_FUZZ_SLACK": slack, "AUTOLORA_FUZZ_WAIT": wait].compactMapValues { $0.map(String.init) },
            output: .file(temporary.path + "/output"))
        return (try await process.end(), temporary.read("output") ?? "")
    }

    @Test(arguments: Formats.all.map { $0.name })
    func `a mutated input is read, or refused with its place`(format: String) async throws {
        let crashes = temporary.path + "/crashes"
        let (code, output) = try await fuzz("--format", format, "--count", "300", "--seed", "2", "--crashes", crashes)
        #expect(code == 0, "\(output)")
        // Neither all well nor all refused at the first look.
        let figures = try #require(output.firstMatch(of: /300 inputs, (\d+) read, (\d+) refused/))
        let (read, refused) = (try #require(Int(figures.1)), try #require(Int(figures.2)))
        #expect(read >= 8 && refused >= 20 && read + refused == 300)
    }

    @Test func `crashes, hangs, much memory and refusals without a place are found and kept`() async throws {
        let crashes = temporary.path + "/crashes"
        // Under a sanitizer too: what it does is beyond any limit, but not beyond twenty times that.
        let (code, output) = try await fuzz(
            "--format", "misbehaving", "--count", "150", "--crashes", crashes, slack: 2)
        #expect(code == 1)
        for (kind, byte) in [("crash", 0), ("hang", 1), ("memory", 2)] {
            let line = try #require(
                output.split(separator: "\n").first { $0.hasPrefix(kind + ": ") }, "\(output)"
            )
            let path = try #require(line.split(separator: ":").dropFirst().first).trimmingCharacters(in: .whitespaces)
            #expect(try Files.read(path) == [UInt8(byte)])
        }
        let unlocated = try FileManager.default.contentsOfDirectory(atPath: crashes).filter { $0.contains("unlocated") }
        #expect(try Set(unlocated.map { try Files.read(crashes + "/" + $0) }) == [[3], [4]])
        #expect(output.contains("misbehaving: 150 inputs"))
        #expect(output.contains("a trap"))
    }

    @Test func `an input that is waited with is a hang too, though it takes no time of the processor`() async throws {
        let crashes = temporary.path + "/crashes"
        let (code, output) = try await fuzz("--format", "waiting", "--count", "1", "--crashes", crashes, wait: 1)
        #expect(code == 1 && output.contains(": waits for something that does not come"), "\(output)")
        #expect(output.contains("waiting: 1 inputs, 0 read, 0 refused; 0 crash, 1 hang"), "\(output)")
    }

    @Test func `a kept input can be read again alone`() async throws {
        let path = try temporary.write("\u{5}", to: "input")
        let (code, output) = try await fuzz("replay", "--format", "misbehaving", path)
        #expect(code == 0)
        #expect(output.hasPrefix("refused: ") && output.hasSuffix(":1: is wrong\n"))
    }

    @Test func `an unknown format is refused with those there are`() async throws {
        let (code, output) = try await fuzz("--format", "onnx")
        #expect(code == 64 && output.isEmpty)
    }
}
