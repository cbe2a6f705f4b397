import Studies

/// What a launcher's log says of a process that it started: accelerate, torchrun and PyTorch's data loader end with exit code 1 where a
/// signal has ended one of theirs.
struct LauncherSigns {
    private let log: LogEnd

    init(_ log: LogEnd) { self.log = log }

    /// An exit whose log tells that a signal from outside was behind it; any other ending as it is.
    func ending(behind ending: TrialLife.Ending) -> TrialLife.Ending {
        guard case .exited(let code) = ending, code != 0, ending.foreignSignal == nil, let signal,
            TrialLife.Ending.foreign.contains(signal), !raisedItself
        else { return ending }
        return .relayed(signal: signal, code: code)
    }

    private static let fragments = ["died with <Signals", "xitcode", "killed by signal"]

    private var signal: Int? {
        let places = log.places(holding: Self.fragments)
        // Of torchrun's table of failures the last is what the others followed from.
        return places.lazy.compactMap { Self.signal(in: log.lines[$0].plain) }.first
    }

    /// 0: the process exited by itself.
    private static func signal(in line: Substring) -> Int? {
        if let match = line.firstMatch(of: /died with <Signals\.\w+: (\d+)>/) { return Int(match.1) }
        if let match = line.firstMatch(of: /\bexitcode *: *-(\d+)\b/) {
            return Int(match.1)
        }
        if line.contains(/\bexitcode *: *\d/) { return 0 }
        guard let match = line.firstMatch(of: /DataLoader worker \(pid.*\) is killed by signal: (\w+)/) else { return nil }
        return ["Hangup": 1, "Interrupt": 2, "Quit": 3, "Killed": 9, "Terminated": 15][match.1]
    }

    /// Whether an exception of the program's own is in the log: what was killed then was killed for it.
    private var raisedItself: Bool {
        log.places(holding: PythonException.fragments, from: log.last)
            .contains { PythonException(log.lines[$0].plain)?.isAnothers == false }
    }
}
