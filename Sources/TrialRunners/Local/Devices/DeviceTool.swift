import FoundationEssentials

/// A maker's program that lists devices, run with a time limit: where a driver is sick it never ends.
struct DeviceTool: Sendable {
    let path: String
    /// The autolora binary.
    let executable: String
    let limit: Duration

    /// Looks for a program as a shell does, and then in further folders.
    static func find(_ name: String, path: String, besides folders: [String] = []) -> String? {
        (path.split(separator: ":").map(String.init) + folders).lazy.map { $0 + "/" + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// What it prints.
    ///
    /// - Throws: ``DeviceToolError`` where it fails or does not answer.
    func output(_ arguments: [String]) async throws(DeviceToolError) -> String {
        let answer: SupervisedTool.Answer
        do throws(SupervisedTool.Failure) {
            answer = try await SupervisedTool(path: path, executable: executable, limit: limit).answer(arguments)
        } catch {
            switch error {
            case .silent:
                throw DeviceToolError(
                    problem: "\(name) does not answer within \(limit); its driver may be sick", isSilent: true)
            case .notRun(let reason): throw DeviceToolError(problem: "\(name) cannot be run: \(reason)")
            }
        }
        guard answer.code == 0 else {
            let line = (answer.output + "\n" + answer.errors).split(separator: "\n").first.map { ": \($0)" } ?? ""
            throw DeviceToolError(problem: "\(name) failed with exit code \(answer.code)\(line)")
        }
        return answer.output
    }
}

/// Why a tool did not list what there is.
struct DeviceToolError: Error, Hashable, CustomStringConvertible {
    let problem: String
    /// Whether it never answered, and would not when asked again.
    var isSilent = false

    var description: String { problem }
}
