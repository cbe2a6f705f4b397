import FoundationEssentials
import Studies
import TrainerSettings
import TrialRunners

/// What a trial printed after the report that it was weighed by, as a program does that does not stop where it is told to.
///
/// It counts for nothing, or such a program would have an advantage. Where the trial is promoted and goes on from a checkpoint that has it
/// behind, it would never be printed again: so it is kept, and counts then.
struct ReportsAhead {
    /// The launch that printed it.
    let launch: Int
    private var lines: [(iter: Int, line: ReportLine)] = []

    init(launch: Int) { self.launch = launch }

    /// - Parameter iter: the number of the report that the line would be, or would add to.
    mutating func append(_ line: ReportLine, iter: Int) { lines.append((iter, line)) }

    /// Leaves out what is on record by now.
    ///
    /// - Parameter reports: how many reports that is.
    func beyond(_ reports: Int) -> ReportsAhead {
        var rest = self
        rest.lines.removeAll { $0.iter <= reports }
        return rest
    }

    /// Those that a trial has behind it that prints this line next. The others are to come again.
    ///
    /// - Parameter last: the step of the last report on record.
    func due(before line: ReportLine, after last: Int?) -> [ReportLine] {
        let lines = lines.map(\.line)
        let steps = [last ?? .min] + lines.compactMap(\.step)
        if let step = line.step, steps.count == lines.count + 1, zip(steps, steps.dropFirst()).allSatisfy(<=), step > steps[0] {
            return lines.filter { $0.step ?? .max < step }
        }
        // Without steps that count on, the figures have to tell.
        let same = lines.firstIndex { $0.value == line.value && $0.metrics == line.metrics }
        return Array(lines[..<(same ?? lines.count)])
    }

    var all: [ReportLine] { lines.map(\.line) }
}

extension ReportsAhead {
    /// As it is kept in the trial's folder: figures as text, as JSON has no word for some of them.
    private struct File: Codable {
        struct Line: Codable {
            let iter: Int
            let step: Int?
            let value: String
            let metrics: [String: String]
            let details: [String: String]
        }

        let launch: Int
        let lines: [Line]
    }

    /// nil: there is no such file, or none that can be read.
    init?(at path: String) {
        guard let file = try? JSONInput.read(File.self, file: path, links: .refused) else { return nil }
        self.init(launch: file.launch)
        for line in file.lines {
            guard let value = Double(line.value) else { return nil }
            let metrics = line.metrics.compactMapValues { Double($0) }
            append(ReportLine(step: line.step, value: value, metrics: metrics, details: line.details), iter: line.iter)
        }
    }

    func write(to path: String) {
        let lines = lines.map { iter, line in
            File.Line(
                iter: iter, step: line.step, value: "\(line.value)", metrics: line.metrics.mapValues { "\($0)" },
                details: line.details)
        }
        guard let bytes = try? JSONWriter.data(File(launch: launch, lines: lines), .cell) else { return }
        try? AtomicFile.write([bytes], to: path, durable: false)
    }
}
