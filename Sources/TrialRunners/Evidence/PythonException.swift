/// The last line of a Python exception: `torch.OutOfMemoryError: ...`, also after a prefix such as `[rank0]: `.
struct PythonException {
    /// `torch.OutOfMemoryError`
    let name: Substring
    /// The rank that raised it; nil: nothing says one.
    let rank: Substring?
    private let line: Substring

    /// What such lines hold.
    static let fragments = ["Error", "Exception", "Interrupt", "Exit", "OutOfMemory"]

    /// nil: the line is none.
    init?(_ line: Substring) {
        let bare = line[Self.gutter(of: line)...]
        guard
            let match = bare.prefixMatch(
                of:
                    /(?:\[(\w+)\]:? *)?((?:[A-Za-z_]\w*\.)*(?:(?:Base)?ExceptionGroup|_?[A-Z]\w*(?:Error|Exception|Interrupt|Exit|OutOfMemory)))(?:: |:?$)/
            )
        else { return nil }
        (self.line, rank, name) = (bare, match.1, match.2)
    }

    /// Where a line begins that Python draws a frame beside: those of a group of exceptions.
    static func gutter(of line: Substring) -> Substring.Index {
        line.prefixMatch(of: /\ *[|+]\ +(?=\S)/)?.range.upperBound ?? line.startIndex
    }

    /// Whether it only says that a process which this one started, or talks to, has failed.
    var isAnothers: Bool {
        let last = name.split(separator: ".").last ?? name
        return Self.anothers.contains(last) || line.holds(["DataLoader worker", "NCCL", "Gloo", "gloo"])
    }

    private static let anothers: Set<Substring> = [
        "ChildFailedError", "CalledProcessError", "SignalException", "ProcessExitedException", "ProcessRaisedException",
        "DistBackendError", "DistNetworkError", "DistStoreError", "BrokenPipeError", "ConnectionResetError", "EOFError",
        "SystemExit", "KeyboardInterrupt",
    ]
}
