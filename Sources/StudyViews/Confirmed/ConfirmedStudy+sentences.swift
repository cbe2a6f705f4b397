import Confirmations
import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

extension ConfirmedStudy {
    /// What the table comes to.
    ///
    /// - Parameter name: the study's, as a command takes it.
    func sentences(_ name: String) -> [String] {
        guard let chosen = verdict.chosen else { return [verdict.isOver ? nothing(name) : unfinished(name)] }
        let standing = verdict.standings[chosen]
        var lines = [
            "chosen: \(self.name(of: chosen)), by the mean over \(standing.values.count) seeds"
                + standing.candidate.assignment.clause
        ]
        if let others = study.otherMetrics?.map(\.name).joined(separator: ", "), !others.isEmpty {
            lines.append("note: of several metrics the first decides here, \(study.metric): nothing is said of \(others)")
        }
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
                "note: the search has gone on since, so this is no choice among all; confirm again: autolora confirm \(name)")
        }
        return lines
    }

    private func tieSentence(_ chosen: Int) -> String {
        let tied = verdict.tied.map(name)
        guard !tied.isEmpty else {
            let others = verdict.standings.indices.filter { place in
                place != chosen && verdict.standings[place].candidate.isFinalist && verdict.standings[place].problem == nil
            }
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
}
