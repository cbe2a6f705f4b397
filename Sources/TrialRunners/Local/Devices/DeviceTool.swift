import FoundationEssentials
import Subprocess
import SystemPackage

/// A maker's program that lists devices, run with a time limit: where a driver is sick it never ends.
struct DeviceTool: Sendable {
    let path: String
    /// The autolora binary: the tool runs under a supervisor, as a trial does. So it ends with this process and takes with it what it
    /// started, and is never taken for something that a trial has left behind.
    let executable: String
    let limit: Duration

    private static let mostOutput = 4 << 20
    /// How long a supervisor may take to end a tool that the kernel does not let go.
    private static let patience = Duration.seconds(2)
    /// Of the trial that this process may be a part of: its supervisor writes there.
    private static let foreign = ["AUTOLORA_TRIAL_DIR", "AUTOLORA_LAUNCH", "AUTOLORA_LEASES"]

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
        let (answers, tell) = AsyncStream.makeStream(of: Result<String, DeviceToolError>.self)
        // Tasks of their own: what cannot be ended is not waited for.
        let work = Task { tell.yield(await run(arguments)) }
        let clock = Task {
            try await Task.sleep(for: limit + Self.patience)
            tell.yield(.failure(silent))
        }
        defer { clock.cancel() }
        for await answer in answers { return try answer.get() }
        work.cancel()
        throw silent
    }

    private var silent: DeviceToolError {
        DeviceToolError(
            problem: "\(name) does not answer within \(limit); its driver may be sick", isSilent: true)
    }

    private func run(_ arguments: [String]) async -> Result<String, DeviceToolError> {
        let words = Supervisor.words(executable: executable, grace: 0.001) + [path] + arguments
        let cleared = Dictionary(
            uniqueKeysWithValues: Self.foreign.map { (Environment.Key(rawValue: $0) ?? "", String?.none) })
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating(cleared), input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                let clock = Task {
                    try await Task.sleep(for: limit)
                    try execution.send(signal: .terminate)
                }
                async let errors = Self.text(of: execution.standardError)
                let output = await Self.text(of: execution.standardOutput)
                let all = (output, await errors)
                clock.cancel()
                return all
            }
            let (output, errors) = result.closureResult
            guard case .exited(let code) = result.terminationStatus else { return .failure(silent) }
            guard code == 0 else {
                let line = (output + "\n" + errors).split(separator: "\n").first.map { ": \($0)" } ?? ""
                return .failure(DeviceToolError(problem: "\(name) failed with exit code \(code)\(line)"))
            }
            return .success(output)
        } catch {
            return .failure(DeviceToolError(problem: "\(name) cannot be run: \(error)"))
        }
    }

    private static func text(of stream: SubprocessOutputSequence) async -> String {
        var bytes: [UInt8] = []
        do {
            for try await buffer in stream where bytes.count < mostOutput {
                bytes += buffer.withUnsafeBytes { Array($0) }
            }
        } catch {}
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a tool did not list what there is.
struct DeviceToolError: Error, Hashable, CustomStringConvertible {
    let problem: String
    /// Whether it never answered, and would not when asked again.
    var isSilent = false

    var description: String { problem }
}
