/// The line of a failed program's log that says why it failed.
enum TellingLine {
    private static let longest = 200

    /// An exception's last line, else a line that speaks of an error, else the last one that is no report and no progress bar.
    ///
    /// - Returns: nil where the log says nothing of the kind.
    static func find(in log: String) -> String? {
        let lines = log.replacing(/\u{1B}\[[0-9;?]*[ -\/]*[@-~]/, with: "").split { $0.isNewline || $0 == "\r" }
            .filter { !$0.hasPrefix("autolora: launch ") && $0.contains { !$0.isWhitespace } }
        let bare = lines.map { $0[gutter(of: $0)...] }
        let line = bare.last(where: isException) ?? lines.last(where: isError) ?? lines.last(where: isRemark)
        return line.map { text($0) }
    }

    /// Where a line begins that Python draws a frame beside: those of a group of exceptions.
    private static func gutter(of line: Substring) -> Substring.Index {
        line.prefixMatch(of: /\ *[|+]\ +(?=\S)/)?.range.upperBound ?? line.startIndex
    }

    /// Python's `torch.OutOfMemoryError: ...`, also after a prefix such as `[rank0]: `.
    private static func isException(_ line: Substring) -> Bool {
        line.prefixMatch(
            of:
                /(\[\w+\]:? *)?([A-Za-z_]\w*\.)*((Base)?ExceptionGroup|[A-Z]\w*(Error|Exception|Interrupt|Exit|OutOfMemory))(: |:?$)/
        )
            != nil
    }

    private static func isError(_ line: Substring) -> Bool {
        line.firstMatch(
            of:
                /(?i)\b(error|fatal|panic(ked)?|exception|abort(ed)?|segmentation fault|killed|cannot|could not|not found|no such)\b/
        )
            != nil && isRemark(line)
    }

    private static func isRemark(_ line: Substring) -> Bool {
        let start = line.drop(while: \.isWhitespace).first
        return start != "{" && line.firstMatch(of: /%\||it\/s|s\/it/) == nil
    }

    private static func text(_ line: Substring) -> String {
        let words = line.drop(while: \.isWhitespace)
        return words.count > longest ? words.prefix(longest) + "..." : String(words)
    }
}
