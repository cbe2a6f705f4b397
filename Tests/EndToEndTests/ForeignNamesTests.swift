import Foundation
import TestSupport
import Testing

/// Names of files and folders that are not UTF-8: nothing else is read or written in their place, and they are told.
@Suite(.timeLimit(.minutes(5))) struct ForeignNamesTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Runs the binary from a shell, in whose text `$X` is a byte that is no character.
    private func shell(_ line: String) async throws -> (code: Int32, output: String) {
        let start = "X=$(printf '\\377'); A='\(TemporaryFolder.autolora)'; "
        let process = try ChildProcess(["sh", "-c", start + line + " >said 2>&1"], in: temporary.path)
        let code = try await process.end()
        let said = try Data(contentsOf: URL(filePath: temporary.path + "/said"))
        #expect(String(validating: said, as: UTF8.self) != nil)
        return (code, String(decoding: said, as: UTF8.self))
    }

    @Test(arguments: [
        #""$A" check "s$X.yaml""#, #""$A" run "s$X.yaml""#, #""$A" status "s$X""#, #""$A" list --studies "d$X""#,
        #""$A" list "--studies=d$X""#, #""$A" export s --format peft --output "o$X""#, #""$A" train c.json --output "o$X""#,
    ])
    func `an argument that is not UTF-8 is refused before anything is done`(line: String) async throws {
        let result = try await shell(line)
        #expect(result.code == 2 && result.output.contains("is not UTF-8; rename the file or folder"), "\(result.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).filter { !$0.hasPrefix(".") } == ["said"])
    }

    @Test func `a study whose folder has such a name is listed as one that cannot be used`() async throws {
        _ = try temporary.write(SafetyTests.smallSpace, to: "space.yaml")
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        #expect(try await shell(#"cp -r studies/good "studies/b$X" && mkdir "studies/empty$X" && "$A" list"#).code == 0)
        let list = try await autolora.run("list")
        let lines = list.output.split(separator: "\n")
        #expect(list.code == 0 && lines.count == 2 && lines[0].hasPrefix("good  finished"), "\(list.output)")
        #expect(lines.last?.hasPrefix("b\\xFF  its name is not UTF-8") == true, "\(list.output)")
        let json = try await autolora.run("list", "--json")
        #expect(json.errors.contains("b\\xFF"))
        #expect(try (json.json() as? [[String: Any]])?.count == 1)
    }

    @Test func `a space file that names such data is refused with line and column`() async throws {
        let result = try await shell(
            #"printf 'name: s\ntrainer: {type: lora, model: m, train: d\377.jsonl}\n' > s.yaml; "$A" check s.yaml"#)
        #expect(result.code == 2 && result.output.contains("s.yaml:2:"), "\(result.output)")
    }
}
