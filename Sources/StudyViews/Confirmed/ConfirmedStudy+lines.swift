import Confirmations
import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

extension ConfirmedStudy {
    /// The table and what it says, for people.
    package var text: String { ([table] + sentences).joined(separator: "\n") }

    /// The choice in one line; nil: there is none yet.
    package var line: String? {
        guard let chosen = verdict.chosen, let mean = verdict.standings[chosen].mean else { return nil }
        let standing = verdict.standings[chosen]
        let interval = standing.interval.map { " (\(Self.short($0.lowerBound)) to \(Self.short($0.upperBound)))" } ?? ""
        let tied = verdict.tied.isEmpty ? "" : ", tied with " + verdict.tied.map(name).joined(separator: ", ")
        return
            "\(name(of: chosen)): mean \(study.metric) \(Self.short(mean))\(interval) over \(standing.values.count) seeds\(tied)"
            + (isOutdated ? "; the search has gone on since" : "")
    }

    private var table: String {
        let percent = Int((Verdict.certainty * 100).rounded())
        let head = ["", "mean", "sd", "\(percent) % interval", "seeds", "beaten", ""]
        let rows = [head] + verdict.standings.indices.map(row)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { place, cell in
                place == head.count - 1 ? cell.0 : cell.0.padded(cell.1, left: place > 0)
            }
            return cells.joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
    }

    private func row(_ place: Int) -> [String] {
        let standing = verdict.standings[place]
        let interval = standing.interval.map { "\(Self.short($0.lowerBound)) to \(Self.short($0.upperBound))" }
        return [
            name(of: place), standing.mean.map(Self.short) ?? "-", standing.deviation.map(Self.short) ?? "-",
            interval ?? "-", String(standing.values.count), standing.beaten.map(Self.probability) ?? "-", note(on: place),
        ]
    }

    private func note(on place: Int) -> String {
        let standing = verdict.standings[place]
        var notes: [String] = []
        if place == verdict.chosen { notes.append("chosen") }
        if standing.candidate.isBaseline, standing.candidate.trial != nil { notes.append("the baseline") }
        if let problem = standing.problem { notes.append(problem) }
        if standing.isOut { notes.append("clearly behind, so it got no further seeds") }
        if standing.isTied, let chosen = verdict.chosen { notes.append("tied with \(name(of: chosen))") }
        return notes.joined(separator: ", ")
    }

    private var sentences: [String] {
        guard let chosen = verdict.chosen else { return [unfinished] }
        let standing = verdict.standings[chosen]
        var lines = [
            "chosen: \(name(of: chosen)), by the mean over \(standing.values.count) seeds: "
                + standing.candidate.assignment.summary
        ]
        lines.append(tieSentence(chosen))
        if let sentence = recommendation(chosen) { lines.append(sentence) }
        if let sentence = baselineSentence(chosen) { lines.append(sentence) }
        lines += testSentences(chosen)
        if let sentence = splitSentence(standing) { lines.append(sentence) }
        if verdict.ignoresSeeds {
            lines.append(
                "warning: every seed came to the same value: it may not reach the program, and then these figures tell nothing "
                    + "of its noise")
        }
        if isOutdated {
            lines.append(
                "note: the search has gone on since, so this is no choice among all; confirm again: autolora confirm \(study.name)"
            )
        }
        return lines
    }

    private var unfinished: String {
        if verdict.isOver { return "nothing is chosen: no finalist has come to a value with every seed" }
        let made = race.candidates.indices.reduce(0) { $0 + verdict.standings[$1].values.count }
        return "not finished: \(made) of up to \(race.expectedTrials) trials; go on: autolora confirm \(study.name)"
    }

    private func tieSentence(_ chosen: Int) -> String {
        let tied = verdict.tied.map(name)
        guard !tied.isEmpty else {
            let others = verdict.standings.indices.filter { $0 != chosen && verdict.standings[$0].candidate.isFinalist }
            return others.isEmpty ? "no other finalist was compared with it" : "it is better than every other finalist"
        }
        return "\(name(of: chosen)) is tied with \(tied.joined(separator: ", ")): the seeds do not tell which is better"
    }

    private func recommendation(_ chosen: Int) -> String? {
        guard let recommended = verdict.recommended, recommended != chosen else { return nil }
        let (cheap, dear) = (verdict.standings[recommended], verdict.standings[chosen])
        let reason =
            if let a = cheap.parameters, let b = dear.parameters, a < b {
                "\(SettingValue.short(a)) trainable parameters instead of \(SettingValue.short(b))"
            } else if let a = cheap.memory, let b = dear.memory {
                "\(ByteCount(bytes: Int(a))) of memory instead of \(ByteCount(bytes: Int(b)))"
            } else { "it costs less" }
        return "recommended: \(name(of: recommended)), the cheapest of those that are tied: \(reason)"
    }

    private func baselineSentence(_ chosen: Int) -> String? {
        guard let place = verdict.baseline, place != chosen else {
            return verdict.baseline == chosen ? "the baseline is \(name(of: chosen)) itself" : nil
        }
        let standing = verdict.standings[place]
        let given = standing.candidate.assignment.summary
        let what = "the baseline" + (given.isEmpty ? " (the trainer's own defaults)" : " (\(given))")
        guard let beaten = standing.beaten, let mean = standing.mean else {
            return "\(what) has come to nothing" + (standing.problem.map { ": \($0)" } ?? "")
        }
        if standing.isTied { return "\(what) is tied with it: the search has found nothing that is clearly better" }
        return beaten < 0.5
            ? "\(what) is better than it, mean \(Self.short(mean)), with probability \(Self.probability(1 - beaten)): keep to that"
            : "better than \(what), mean \(Self.short(mean)), with probability \(Self.probability(beaten))"
    }

    private func testSentences(_ chosen: Int) -> [String] {
        ([chosen] + (verdict.baseline.map { $0 == chosen ? [] : [$0] } ?? [])).compactMap { place in
            let figures = tests(of: verdict.standings[place])
            guard !figures.isEmpty else { return nil }
            let words = figures.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.summary(of: $0.value))" }
            return "on the test split, \(name(of: place)): " + words.joined(separator: ", ")
        }
    }

    /// What the validation split's size alone leaves open.
    private func splitSentence(_ standing: Verdict.Standing) -> String? {
        let errors = standing.standardErrors(of: study.metric)
        guard !errors.isEmpty else { return nil }
        let error = errors.reduce(0, +) / Double(errors.count)
        return
            "note: the validation split is one sample: on others like it all these means move, together for the most part, by a "
            + "standard error of \(Self.short(error))"
    }

    private static func summary(of values: [Double]) -> String {
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return short(mean) }
        return
            "\(short(mean)) (mean of \(values.count) seeds, \(short(values.min() ?? mean)) to \(short(values.max() ?? mean)))"
    }

    private static func short(_ value: Double) -> String { SettingValue.short(value) }

    private static func probability(_ value: Double) -> String {
        if value > 0.99 { return "> 99 %" }
        return value < 0.01 ? "< 1 %" : "\(Int((value * 100).rounded())) %"
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
