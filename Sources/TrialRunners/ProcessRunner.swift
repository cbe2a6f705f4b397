import FoundationEssentials
import Glibc
package import Studies
import Subprocess
import SystemPackage

/// Runs trials as processes, each under a supervisor of its own that ends it with the controller.
package struct ProcessRunner: TrialRunner {
    /// The words before a trial's command: the supervisor.
    private let supervisor: [String]
    /// How long a process that was paused or is complete may take to end by itself.
    private let patience: Duration

    /// - Parameters:
    ///   - executable: the autolora binary, whose `supervise` command stands between.
    ///   - grace: from TERM to KILL.
    package init(executable: String, grace: Duration = .seconds(5), patience: Duration = .seconds(10)) {
        let milliseconds = grace.components.seconds * 1000 + grace.components.attoseconds / 1_000_000_000_000_000
        supervisor = [executable, "supervise", "--grace", String(milliseconds), "--"]
        self.patience = patience
    }

    package func run(
        _ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> TrialLife.Ending {
        let (directives, tell) = AsyncStream.makeStream(of: Directive.self)
        // A task of its own: what a process says while it is being ended is still read.
        let work = Task { await supervise(launch, directives: directives, tell: tell, onReport: onReport) }
        return await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            tell.yield(.endNow)
        }
    }

    private func supervise(
        _ launch: Launch, directives: AsyncStream<Directive>, tell: AsyncStream<Directive>.Continuation,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> TrialLife.Ending {
        let log: TrialLog
        do { log = try TrialLog(folder: launch.folder) } catch { return .notStarted("\(error)") }
        var options = PlatformOptions()
        options.processGroupID = 0
        let words = supervisor + launch.command
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating(Self.keyed(launch.environment)),
                workingDirectory: FilePath(launch.workingFolder), platformOptions: options,
                input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                await withTaskGroup(of: Void.self, returning: Bool.self) { group in
                    group.addTask {
                        await read(execution.standardOutput, into: log, of: launch, tell: tell, onReport: onReport)
                    }
                    group.addTask { await drain(execution.standardError, into: log) }
                    let ender = Task {
                        await obey(directives, tell: tell) { try? execution.send(signal: .terminate) }
                    }
                    await group.waitForAll()
                    ender.cancel()
                    return await ender.value
                }
            }
            await log.close()
            if result.closureResult { return .terminated }
            switch result.terminationStatus {
            case .exited(let code): return .exited(Int(code))
            case .signaled(let signal): return .signalled(Int(signal))
            }
        } catch {
            await log.close()
            return .notStarted("its process could not be started: \(error)")
        }
    }

    private func read(
        _ output: SubprocessOutputSequence, into log: TrialLog, of launch: Launch,
        tell: AsyncStream<Directive>.Continuation, onReport: @Sendable (ReportLine) async -> Directive
    ) async {
        var splitter = LineSplitter()
        func hand(over lines: [[UInt8]]) async {
            for line in lines {
                guard let report = ReportLine(line: line, metric: launch.metric) else { continue }
                let directive = await onReport(report)
                if directive != .goOn { tell.yield(directive) }
            }
        }
        do {
            for try await buffer in output {
                let bytes = buffer.withUnsafeBytes { Array($0) }
                await log.write(bytes)
                await hand(over: splitter.take(bytes))
            }
        } catch {
            await log.write(Array("autolora: reading the trial's output failed: \(error)\n".utf8))
        }
        await hand(over: splitter.finish())
    }

    private func drain(_ output: SubprocessOutputSequence, into log: TrialLog) async {
        do {
            for try await buffer in output { await log.write(buffer.withUnsafeBytes { Array($0) }) }
        } catch {
            await log.write(Array("autolora: reading the trial's errors failed: \(error)\n".utf8))
        }
    }

    /// Ends the process at once, or when its patience is over; a second word cuts the patience short. Tells whether it had to.
    private func obey(
        _ directives: AsyncStream<Directive>, tell: AsyncStream<Directive>.Continuation, end: @Sendable () -> Void
    ) async -> Bool {
        var timer: Task<Void, any Error>?
        for await directive in directives {
            guard directive == .endPatiently, timer == nil else { break }
            timer = Task {
                try await Task.sleep(for: patience)
                tell.yield(.endNow)
            }
        }
        timer?.cancel()
        guard !Task.isCancelled else { return false }
        end()
        return true
    }

    private static func keyed(_ variables: [String: String?]) -> [Environment.Key: String?] {
        Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(rawValue: $0) ?? "", $1) })
    }
}
