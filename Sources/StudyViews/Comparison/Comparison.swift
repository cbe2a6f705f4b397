import Confirmations
import Glibc
import SearchSpaces
import TrainerSettings

/// Two studies, trials or adapters beside each other, and whether they differ by more than luck.
package struct Comparison: Sendable {
    package let a: Contender
    package let b: Contender

    package init(_ a: Contender, _ b: Contender) { (self.a, self.b) = (a, b) }

    /// What they are compared by; nil: they are not after one metric.
    private var metric: Metric? {
        guard let one = a.metric, let other = b.metric, one.name == other.name, one.goal == other.goal else { return nil }
        return one
    }

    /// By how much B's value is above A's; nil: they cannot be compared.
    package var difference: Double? {
        guard metric != nil, let one = a.value, let other = b.value else { return nil }
        return other - one
    }

    private var noise: SeedNoise? { a.seeds ?? b.seeds }

    /// That seeds alone make a difference as great, were both equally good; nil: what seeds do is not known.
    package var probabilityOfSeeds: Double? {
        guard let difference, let noise else { return nil }
        let ratio = abs(difference) / (noise.deviation * 2.0.squareRoot())
        return 2 * (1 - StudentT.cumulative(ratio, freedom: Double(noise.freedom)))
    }

    /// That B is better than A, by the seeds that both were given; nil: they were not confirmed together.
    package var probabilityOfB: Double? {
        guard a.study == b.study, let one = a.place, let other = b.place else { return nil }
        return a.confirmed?.verdict.chance(other, against: one)
    }

    /// Whether the difference is more than a seed's noise; nil: that is not known.
    package var isMoreThanNoise: Bool? {
        if let probabilityOfB { return probabilityOfB > Verdict.clear || probabilityOfB < 1 - Verdict.clear }
        return probabilityOfSeeds.map { $0 < 1 - Verdict.clear }
    }

    /// What it comes to, in sentences.
    package var sentences: [String] {
        guard let metric else {
            let names = [a, b].map { $0.metric?.name ?? "no known metric" }
            return ["they are not after one metric (\(names[0]), \(names[1])): no value is better"]
        }
        guard let difference else { return ["one of them has no value on record, so that there is nothing to compare"] }
        let better = difference == 0 ? nil : metric.goal.prefers(b.value ?? .nan, to: a.value ?? .nan) ? "B" : "A"
        guard let better else { return warnings + ["both have the same \(metric.name)"] }
        return warnings
            + ["\(better) is better by \(SettingValue.short(abs(difference))) in \(metric.name)", noiseSentence(metric)]
    }

    private func noiseSentence(_ metric: Metric) -> String {
        if let probabilityOfB {
            let (name, chance) = probabilityOfB >= 0.5 ? ("B", probabilityOfB) : ("A", 1 - probabilityOfB)
            let clear = isMoreThanNoise == true ? "more" : "not more"
            return
                "both were confirmed with the same seeds: \(name) is better with probability \(ConfirmedStudy.probability(chance)), "
                + "which is \(clear) than a seed's noise"
        }
        if let probabilityOfSeeds, let noise {
            let clear = isMoreThanNoise == true ? "it is more than a seed's noise" : "it is not more than a seed's noise"
            return
                "a seed moves \(metric.name) by \(SettingValue.short(noise.deviation)) (standard deviation, study \(noise.study)), and a "
                + "difference as great comes by seeds alone with probability \(ConfirmedStudy.probability(probabilityOfSeeds)): \(clear)"
        }
        let rows =
            [a.standardError, b.standardError].compactMap(\.self).max().map {
                "; the number of rows alone leaves a standard error of \(Measured.rounded($0)) open"
            } ?? ""
        let studies = [a.study, b.study].compactMap(\.self)
        let way = studies.first.map { "; `autolora confirm \($0.shellWord)` measures it" } ?? ""
        return "whether it is more than a seed's noise is not known\(way)\(rows)"
    }
}
