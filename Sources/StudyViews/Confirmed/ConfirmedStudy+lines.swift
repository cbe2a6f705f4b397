import Confirmations
import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

extension ConfirmedStudy {
    /// The table and what it says, for people.
    ///
    /// - Parameter name: the study's, and the options that go with it, as a command takes them; nil: the name alone.
    package func text(_ name: String? = nil) -> String { ([table] + sentences(name ?? study.name)).joined(separator: "\n") }

    /// The choice in one line; nil: there is none.
    package var line: String? {
        guard let chosen = verdict.chosen, let words = worth(of: chosen) else { return nil }
        let tied = verdict.tied.isEmpty ? "" : ", tied with " + verdict.tied.map(self.name).joined(separator: ", ")
        return "\(self.name(of: chosen)): \(words)\(tied)" + (isOutdated ? "; the search has gone on since" : "")
    }

    /// How it stands in one line, and what to do where that is no choice that holds.
    ///
    /// - Parameter name: as of ``text(_:)``.
    package func standing(_ name: String? = nil) -> String {
        let name = name ?? study.name
        if let line { return line + (isOutdated ? ": confirm again: autolora confirm \(name)" : "") }
        return verdict.isOver ? nothing(name) : unfinished(name)
    }

    /// "mean eval_accuracy 0.8471 (0.8411 to 0.8525) over 5 seeds"
    private func worth(of place: Int) -> String? {
        let standing = verdict.standings[place]
        guard let mean = standing.mean else { return nil }
        let interval = standing.interval.map { " (\(Self.short($0.lowerBound)) to \(Self.short($0.upperBound)))" } ?? ""
        let seeds = standing.values.count
        return "mean \(study.metric) \(Self.short(mean))\(interval) over \(seeds) seed\(seeds == 1 ? "" : "s")"
    }

    func unfinished(_ name: String) -> String {
        let leader = verdict.leading.flatMap { place in worth(of: place).map { "; so far \(self.name(of: place)) leads: \($0)" }
        }
        let more = isOutdated ? "; the search has gone on since" : ""
        return "not finished: \(race.endedTrials) of up to \(race.expectedTrials) trials\(leader ?? "")\(more)"
            + (isRun ? "" : "; go on: autolora confirm \(name)")
    }

    func nothing(_ name: String) -> String {
        let reasons = verdict.standings.indices.compactMap { place in
            verdict.standings[place].problem.map { "\(self.name(of: place)) (\($0))" }
        }
        return "nothing is chosen, as no finalist has come to a value with every seed: \(reasons.joined(separator: ", ")); "
            + "what failed is tried again by autolora confirm \(name), others with --top \(confirmation.finalists.count + 2)"
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
        if place == verdict.leading { notes.append("leads so far") }
        if standing.candidate.isBaseline, standing.candidate.trial != nil { notes.append("the baseline") }
        if let problem = standing.problem { notes.append(problem) }
        if standing.isOut {
            notes.append("clearly behind, so it " + (verdict.isOver ? "got no further seeds" : "gets no further seeds for now"))
        }
        if standing.isTied, let chosen = verdict.chosen { notes.append("tied with \(name(of: chosen))") }
        if standing.hasOwnNoise { notes.append("varies far more with its seeds than the others") }
        return notes.joined(separator: ", ")
    }

    static func short(_ value: Double) -> String { SettingValue.short(value) }

    static func probability(_ value: Double) -> String {
        if value > 0.99 { return "> 99 %" }
        return value < 0.01 ? "< 1 %" : "\(Int((value * 100).rounded())) %"
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
