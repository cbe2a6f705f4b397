import Confirmations
import SearchSpaces
import Studies
import StudyStore
package import TrainerSettings

extension ConfirmedStudy {
    /// The whole verdict.
    package var json: SettingValue {
        .object([
            "study": .string(study.name), "state": .string(verdict.isOver ? "finished" : "unfinished"),
            "metric": .object(["name": .string(study.metric), "goal": .string(study.goal.rawValue)]),
            "seeds": .array(confirmation.seeds.map(SettingValue.int)), "searched": .int(confirmation.searched),
            "outdated": .bool(isOutdated), "certainty": .double(Verdict.certainty),
            "trials": .object(progress), "leading": number(verdict.leading),
            "chosen": number(verdict.chosen), "recommended": number(verdict.recommended),
            "tied": .array(verdict.tied.map { number($0) }),
            "tied_with_baseline": verdict.baseline.map { .bool(verdict.standings[$0].isTied) } ?? .null,
            "candidates": .array(verdict.standings.indices.map(candidate)),
        ])
    }

    private func number(_ place: Int?) -> SettingValue {
        .integer(place.flatMap { verdict.standings[$0].candidate.trial?.number })
    }

    private func candidate(_ place: Int) -> SettingValue {
        let standing = verdict.standings[place]
        let better = verdict.standings.indices.map { SettingValue.number(verdict.chance(place, against: $0)) }
        return .object([
            "trial": number(place), "finalist": .bool(standing.candidate.isFinalist),
            "baseline": .bool(standing.candidate.isBaseline), "parameters": .object(standing.candidate.assignment.values),
            "trials": .array(standing.outcomes.map { .integer($0.outcome.trial?.id.number) }),
            "seeds": .array(standing.outcomes.map { .int($0.seed) }),
            "values": .array(standing.outcomes.map { .number($0.outcome.value) }),
            "mean": .number(standing.mean), "sd": .number(standing.deviation), "interval": Self.interval(standing.interval),
            "beaten": .number(standing.beaten), "better_than": .array(better), "tied": .bool(standing.isTied),
            "out": .bool(standing.isOut), "own_noise": .bool(standing.hasOwnNoise), "problem": .text(standing.problem),
            "trainable_parameters": .number(standing.parameters), "peak_memory_bytes": .number(standing.memory),
            "test": test(standing),
        ])
    }

    private static func interval(_ interval: ClosedRange<Double>?) -> SettingValue {
        interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
    }

    /// The means over seeds.
    private func test(_ standing: Verdict.Standing) -> SettingValue {
        let figures = tests(of: standing)
        return figures.isEmpty
            ? .null : .object(figures.mapValues { .double($0.reduce(0, +) / Double($0.count)) })
    }

    private var progress: [String: SettingValue] {
        ["ended": .int(race.endedTrials), "expected": .int(race.expectedTrials)]
    }

    /// What `best` adds: what the chosen one is worth, or the one that leads so far. Where there is none, `problem` says why.
    package var summaryJSON: SettingValue {
        let outcome = !verdict.isOver ? "unfinished" : verdict.chosen == nil ? "nothing_chosen" : "chosen"
        var summary: [String: SettingValue] = [
            "verdict": .string(outcome), "trials": .object(progress), "outdated": .bool(isOutdated),
            "trial": number(verdict.chosen),
            "certainty": .double(Verdict.certainty), "tied": .array(verdict.tied.map { number($0) }),
            "recommended": number(verdict.recommended),
        ]
        if verdict.chosen == nil { summary["problem"] = .string(standing()) }
        if let leading = verdict.leading { summary["leading"] = number(leading) }
        if let place = verdict.chosen ?? verdict.leading { summary.merge(worth(of: place)) { own, _ in own } }
        return .object(summary)
    }

    private func worth(of place: Int) -> [String: SettingValue] {
        let standing = verdict.standings[place]
        let baseline = verdict.baseline.map { place -> SettingValue in
            let standing = verdict.standings[place]
            return .object([
                "trial": number(place), "parameters": .object(standing.candidate.assignment.values),
                "mean": .number(standing.mean), "beaten": .number(standing.beaten), "tied": .bool(standing.isTied),
                "test": test(standing),
            ])
        }
        return [
            "mean": .number(standing.mean), "sd": .number(standing.deviation),
            "interval": Self.interval(standing.interval), "seeds": .int(standing.values.count),
            "baseline": baseline ?? .null, "test": test(standing),
        ]
    }
}
