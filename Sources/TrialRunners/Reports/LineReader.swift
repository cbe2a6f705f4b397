import SearchSpaces

/// Reads lines for the figures that a study wants: the one way in which anything that a trial says becomes a report.
package struct LineReader {
    private let wanted: WantedReports
    private let pattern: LinePattern?
    /// The longest of a report's texts that are kept.
    private static let longestText = 200

    package enum Reading {
        case report(ReportLine)
        /// A dictionary that lacks the metric, and the names that it has.
        case figures([String])
        /// The pattern matches, and what it takes for the metric is no number.
        case noNumber(String)
        case text
    }

    package init(_ wanted: WantedReports) {
        self.wanted = wanted
        pattern = wanted.source.pattern.flatMap { try? LinePattern($0) }
    }

    /// The reports in what was printed, cut into lines as it is when it comes.
    package func reports(in output: [UInt8]) -> [ReportLine] {
        var splitter = LineSplitter()
        return (splitter.take(output) + splitter.finish()).compactMap { report(in: $0) }
    }

    package func report(in line: [UInt8]) -> ReportLine? {
        if case .report(let report) = read(line) { report } else { nil }
    }

    package func read(_ line: [UInt8]) -> Reading {
        guard line.count <= ReportLine.longest else { return .text }
        let line = TerminalText.plain(line)
        if let pattern {
            return read(String(decoding: line, as: UTF8.self), by: pattern)
        }
        var scanner = DictionaryScanner(line)
        var names: [String] = []
        var last: ReportLine?
        for fields in scanner.dictionaries() {
            switch read(fields) {
            case .report(let report): last = report
            case .figures(let found): names += found
            case .noNumber, .text: break
            }
        }
        if let last { return .report(last) }
        return names.isEmpty ? .text : .figures(names)
    }

    /// Reads one dictionary, or one row of a table.
    func read(_ fields: DictionaryScanner.Fields) -> Reading {
        var (numbers, texts) = Self.figures(of: fields)
        if let mark = wanted.source.mark, numbers[mark] == nil { return .text }
        // What marks a line as one of our own programs' is no figure.
        numbers["autolora"] = nil
        let order = fields.map(\.name)
        if let report = report(numbers, texts: texts, order: order) { return .report(report) }
        let names = order.filter { numbers[$0] != nil }
        return names.isEmpty ? .text : .figures(names)
    }

    private func read(_ line: String, by pattern: LinePattern) -> Reading {
        guard let texts = pattern.texts(in: line, metric: wanted.metric) else { return .text }
        let numbers = texts.compactMapValues { PrintedNumber.inProse($0) }
        let order = pattern.groups.compactMap(\.self)
        if let report = report(numbers, texts: [:], order: order) { return .report(report) }
        let held = wanted.metric.flatMap { metric in texts.first { FigureName.isSame($0.key, metric) }?.value }
        return held.map(Reading.noNumber) ?? .text
    }

    /// A dictionary's numbers and short texts by name; of a name that comes twice, the last.
    private static func figures(of fields: DictionaryScanner.Fields) -> (numbers: [String: Double], texts: [String: String]) {
        var (numbers, texts): ([String: Double], [String: String]) = ([:], [:])
        for (name, value) in fields {
            (numbers[name], texts[name]) = (nil, nil)
            switch value {
            case .number(let number): numbers[name] = number
            case .text(let text):
                numbers[name] = PrintedNumber.number(in: Array(text.utf8)[...])
                if numbers[name] == nil, text.utf8.count <= longestText { texts[name] = text }
            case .other: break
            }
        }
        return (numbers, texts)
    }

    /// What figures say of an evaluation; nil where the metric is not among them.
    ///
    /// - Parameter order: the figures' names as they stand in the line.
    func report(_ numbers: [String: Double], texts: [String: String], order: [String] = []) -> ReportLine? {
        let likely = { FigureName.likelyMetric(among: order.filter { numbers[$0] != nil }, parameters: wanted.parameters) }
        guard let name = wanted.metric ?? likely() else { return nil }
        let spelling = numbers[name] == nil ? FigureName.spelling(of: name, among: numbers) : name
        guard let spelling else { return nil }
        let errors = ([name] + wanted.others).map { FigureName.standardError(of: $0) }
        var known = FigureName.known(numbers, [name, "step"] + wanted.others + errors)
        guard let value = known.removeValue(forKey: name) else { return nil }
        let step = (known.removeValue(forKey: "step") ?? Self.otherStep(in: known)).flatMap(Int.init(exactly:))
        var report = ReportLine(step: step, value: value, metrics: known, details: texts)
        if spelling != wanted.metric { report.spelling = spelling }
        return report
    }

    /// The step by the names that LLaMA-Factory, transformers and Lightning have for it; it stays among the figures.
    private static func otherStep(in numbers: [String: Double]) -> Double? {
        for name in ["current_steps", "global_step", "train_global_step", "trainer_global_step"] {
            if let step = numbers[name] ?? FigureName.spelling(of: name, among: numbers).flatMap({ numbers[$0] }) {
                return step
            }
        }
        return nil
    }
}
