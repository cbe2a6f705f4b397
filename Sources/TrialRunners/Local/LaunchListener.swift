import SearchSpaces
import Studies
import Subprocess

/// Takes in what a launch says: its two streams and the file of metrics that it may write.
struct LaunchListener: Sendable {
    let launch: Launch
    let log: TrialLog
    let deadlines: Deadlines
    /// To whoever ends the process.
    let tell: AsyncStream<ProcessEnder.Order>.Continuation
    let onReport: @Sendable (ReportLine) async -> Directive

    /// Reads standard output to its end, and what a killed supervisor has not passed on of it.
    func read(_ output: SubprocessOutputSequence, kept: KeptOutput) async {
        var splitter = LineSplitter()
        var received = 0
        // Where a file is followed, what is printed is log.
        let reader = launch.reports.source.file == nil ? LineReader(launch.reports) : nil
        var silence = Silence()
        func hand(over lines: [[UInt8]]) async {
            var reports = lines.compactMap { line in reader?.report(in: line) }
            reports.mark(after: silence.seconds)
            for report in reports { await pass(on: report) }
            silence.begin()
        }
        do {
            for try await buffer in output {
                let bytes = buffer.withUnsafeBytes { Array($0) }
                deadlines.hear()
                received += bytes.count
                await log.write(bytes, from: .output)
                await hand(over: splitter.take(bytes))
            }
        } catch {
            await log.write(Array("autolora: reading the trial's output failed: \(error)\n".utf8), from: .errors)
        }
        // A supervisor that was killed leaves its record; it has not passed on all that it kept, and what it left may write more.
        if ProcessRecord.isThere(in: launch.folder) { await Leftovers.end(in: launch.folder) }
        while let rest = kept.read(after: received) {
            received += rest.count
            await log.write(rest, from: .output)
            await hand(over: splitter.take(rest))
        }
        await hand(over: splitter.finish())
    }

    /// Standard error goes into the log alone.
    func drain(_ output: SubprocessOutputSequence) async {
        do {
            for try await buffer in output {
                deadlines.hear()
                await log.write(buffer.withUnsafeBytes { Array($0) }, from: .errors)
            }
        } catch {
            await log.write(Array("autolora: reading the trial's errors failed: \(error)\n".utf8), from: .errors)
        }
    }

    /// Hands over what the trial writes into its file of metrics, until it is cancelled and then a last time.
    func follow(_ file: FollowedFile?) async {
        guard var file else { return }
        while true {
            let start = ContinuousClock.now
            let isOver = Task.isCancelled
            for report in file.news(isOver: isOver) {
                deadlines.hear()
                await pass(on: report)
            }
            if isOver { break }
            // A large file takes its time: reading it must not become all that is done.
            let pause = max(.milliseconds(200), start.duration(to: .now) * 10)
            try? await Task.sleep(for: pause)
        }
    }

    private func pass(on report: ReportLine) async {
        let directive = await onReport(report)
        if directive != .goOn { tell.yield(.directive(directive)) }
    }
}
