/// The line of a failed program's log that says why it failed.
enum TellingLine {
    private static let longest = 200

    static func find(in log: String, errors: String = "") -> String? { find(in: LogEnd(log), errors: LogEnd(errors)) }

    /// An exception's last line, else a line that speaks of an error, else the last one that is no report and no progress bar: of the
    /// log's very end, or the exception above it that a launcher tells of there.
    ///
    /// - Parameter errors: the lines of standard error, where these are known: a program that ends itself says there why.
    /// - Returns: nil where the log says nothing of the kind.
    static func find(in log: LogEnd, errors: LogEnd) -> String? {
        let (lines, told) = (end(of: log), end(of: errors))
        var line = lines.map { $0[PythonException.gutter(of: $0)...] }.last { PythonException($0) != nil }
        if line.flatMap(PythonException.init)?.isAnothers == true {
            let above = log.places(holding: PythonException.fragments).lazy.map { log.lines[$0].plain }
            line = above.first { PythonException($0)?.isAnothers == false } ?? line
        }
        line = line ?? told.last(where: isError) ?? lines.last(where: isError)
        line = line ?? told.last(where: isRemark) ?? lines.last(where: isRemark)
        return line.map { text($0) }
    }

    private static func end(of log: LogEnd) -> [Substring] {
        log.lines.suffix(from: log.last).map(\.plain)
            .filter { !$0.hasPrefix("autolora: launch ") && $0.contains { !$0.isWhitespace } }
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

    /// A line as it is shown.
    static func text(_ line: Substring) -> String {
        let words = line.drop(while: \.isWhitespace)
        return words.count > longest ? words.prefix(longest) + "..." : String(words)
    }
}
