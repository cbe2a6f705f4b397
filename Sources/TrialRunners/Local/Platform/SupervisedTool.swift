import Subprocess
import SystemPackage

/// A program of the system's, run with a time limit and under a supervisor as a trial is: it ends with this process and takes with it what
/// it started, and is never taken for something that a trial has left behind.
struct SupervisedTool: Sendable {
    let path: String
    /// The autolora binary.
    let executable: String
    let limit: Duration
    /// Variables that it is to have; nil takes one away.
    var environment: [String: String?] = [:]

    struct Answer: Sendable, Hashable {
        let code: Int
        let output: String
        let errors: String
    }

    enum Failure: Error {
        /// It did not answer in time, or was killed.
        case silent
        case notRun(String)
    }

    private static let mostOutput = 16 << 20
    /// How long a supervisor may take to end a tool that the kernel does not let go.
    private static let patience = Duration.seconds(2)
    /// Of the trial that this process may be a part of: its supervisor writes there.
    private static let foreign: [String: String?] = ["AUTOLORA_TRIAL_DIR": nil, "AUTOLORA_LAUNCH": nil, "AUTOLORA_LEASES": nil]

    /// What it prints, and its exit code.
    func answer(_ arguments: [String]) async throws(Failure) -> Answer {
        let (answers, tell) = AsyncStream.makeStream(of: Result<Answer, Failure>.self)
        // Tasks of their own: what cannot be ended is not waited for.
        let work = Task { tell.yield(await run(arguments)) }
        let clock = Task {
            try await Task.sleep(for: limit + Self.patience)
            tell.yield(.failure(.silent))
        }
        defer { clock.cancel() }
        for await answer in answers { return try answer.get() }
        work.cancel()
        throw .silent
    }

    private func run(_ arguments: [String]) async -> Result<Answer, Failure> {
        let words = Supervisor.words(executable: executable, grace: 0.001) + [path] + arguments
        let variables = Self.foreign.merging(environment) { $1 }.map { (Environment.Key(rawValue: $0) ?? "", $1) }
        var options = PlatformOptions()
        // What a terminal tells this process is not for its tools.
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating(Dictionary(variables) { $1 }), platformOptions: options,
                input: .inputWriter, output: .sequence, error: .sequence
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
            guard case .exited(let code) = result.terminationStatus else { return .failure(.silent) }
            return .success(Answer(code: Int(code), output: result.closureResult.0, errors: result.closureResult.1))
        } catch {
            return .failure(.notRun("\(error)"))
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
