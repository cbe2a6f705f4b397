import SearchSpaces
import TrainerSettings
import Trainers

/// Values that are allowed each by itself, and that no trial can have together: such configurations are not proposed, and `check` says so.
extension LoRAPreflight {
    /// Configurations that are drawn to see whether any can be run.
    private static let drawn = 200
    /// Of those, how many a pair of values is tried in; values of one parameter that are looked at, combinations in all, lines that are told.
    private static let (mostTried, mostValues, mostCombinations, mostLines) = (12, 24, 3000, 8)
    /// Ways in which is filled in what a pair of values leaves open, beside the middle of each.
    private static let fills = 4

    /// - Throws: `SpaceFileError` where no configuration can be run, which is known of a space that is looked through.
    func impossiblePairs(_ feasibility: Feasibility) throws -> [String] {
        var generator = SeededGenerator(specification.seed, -4)
        let samples = (0..<Self.drawn).map { _ in specification.space.sample(using: &generator) }
        let usual = Array(samples.lazy.filter { feasibility.problem(of: $0) == nil }.prefix(Self.mostTried))
        guard !usual.isEmpty else { return try onlyPossible(feasibility, drawn: samples[0]) }
        let choices = specification.space.parameters.map { ($0, Self.values($0.distribution)) }.filter { $0.1.count > 1 }
        var found: [String] = []
        var left = Self.mostCombinations
        for (place, (one, values)) in choices.enumerated() {
            for (other, otherValues) in choices.dropFirst(place + 1) {
                left -= values.count * otherValues.count
                guard left >= 0, found.count < Self.mostLines else { return found }
                if let line = impossible(one, values, other, otherValues, usual, feasibility) { found.append(line) }
            }
        }
        return found
    }

    /// What is said where none of the configurations that were drawn can be run: of a space that is small enough all are looked at.
    private func onlyPossible(_ feasibility: Feasibility, drawn: Assignment) throws -> [String] {
        guard let problem = feasibility.problem(of: drawn) else { return [] }
        guard let all = all(feasibility) else {
            return [
                "none of \(Self.drawn) configurations drawn can be run, so that a search may find none; the first: \(problem)"
            ]
        }
        guard !all.contains(where: { feasibility.problem(of: $0) == nil }) else { return [] }
        throw refusal(of: problem.setting, in: drawn, "no configuration can be run; \(problem)")
    }

    /// All configurations, as far as they differ in what can be run; nil: these are too many to be looked at.
    private func all(_ feasibility: Feasibility) -> [Assignment]? {
        var all = [Assignment([:])]
        for parameter in specification.space.parameters {
            let distribution = parameter.distribution
            let values: [SettingValue]
            if let count = distribution.count, count <= Self.mostCombinations {
                values = (0..<count).map(distribution.value)
            } else if feasibility.isFree(parameter) {
                values = [0, 0.5, 1].map { distribution.value(atQuantile: $0) }
            } else {
                return nil
            }
            all = all.flatMap { one in
                guard specification.space.isActive(parameter, in: one) else { return [one] }
                return values.map { value in Assignment(one.values.merging([parameter.name: value]) { $1 }) }
            }
            guard all.count <= Self.mostCombinations else { return nil }
        }
        return all
    }

    /// The first combination of two parameters' values that no trial can have; nil: there is none.
    private func impossible(
        _ one: Parameter, _ values: [SettingValue], _ other: Parameter, _ otherValues: [SettingValue], _ usual: [Assignment],
        _ feasibility: Feasibility
    ) -> String? {
        var generator = SeededGenerator(specification.seed, -6)
        func with(_ given: [String: SettingValue], in usual: Assignment) -> [Assignment] {
            var chosen = usual
            for parameter in [one, other] where given[parameter.name] != nil {
                for (name, value) in specification.space.witness(for: parameter) ?? [:] { chosen[name] = value }
            }
            for (name, value) in given { chosen[name] = value }
            // What the values switch on is open, and may go with them at some of its own values alone.
            let wholes =
                [whole(chosen)] + (0..<Self.fills).map { _ in specification.space.completed(chosen, using: &generator) }
            return wholes.filter { whole in given.allSatisfy { whole[$0.key] == $0.value } }
        }
        /// What is wrong with both in whichever configuration; nil inside: nothing in one of them. Outside: they are never there together.
        func problem(_ value: SettingValue, _ otherValue: SettingValue) -> TrainerSettingsError?? {
            var found: TrainerSettingsError?? = .none
            for assignment in usual.lazy.flatMap({ with([one.name: value, other.name: otherValue], in: $0) }) {
                found = .some(feasibility.problem(of: assignment))
                if case .some(.none) = found { break }
            }
            return found
        }
        let table = values.map { value in otherValues.map { problem(value, $0) } }
        func isPossible(_ cell: TrainerSettingsError??) -> Bool { if case .some(.none) = cell { true } else { false } }
        let columns = otherValues.indices.map { column in table.contains { isPossible($0[column]) } }
        for (value, row) in zip(values, table) where row.contains(where: isPossible) {
            for (column, cell) in row.enumerated() where columns[column] {
                guard case .some(.some(let problem)) = cell else { continue }
                return "no trial has \(one.name) \(value) together with \(other.name) \(otherValues[column]): \(problem)"
            }
        }
        return nil
    }

    private static func values(_ distribution: Distribution) -> [SettingValue] {
        guard let count = distribution.count else {
            return (distribution.bounds.map { [$0.lowerBound, $0.upperBound] } ?? []).map { distribution.nearest(to: $0) }
        }
        return (count <= mostValues ? Array(0..<count) : [0, count / 2, count - 1]).map(distribution.value)
    }
}
