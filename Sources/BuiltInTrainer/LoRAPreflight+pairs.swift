import SearchSpaces
import TrainerSettings
import Trainers

/// Values that are allowed each by itself, and that no trial can have together: such configurations are not proposed, and `check` says so.
extension LoRAPreflight {
    /// Configurations that are drawn to see whether any can be run.
    private static let drawn = 200
    /// Of those, how many a pair of values is tried in; values of one parameter that are looked at, combinations in all, lines that are told.
    private static let (mostTried, mostValues, mostCombinations, mostLines) = (12, 24, 3000, 8)

    /// - Throws: `SpaceFileError` where no configuration can be run.
    func impossiblePairs(_ feasibility: Feasibility) throws -> [String] {
        var generator = SeededGenerator(specification.seed, -4)
        let samples = (0..<Self.drawn).map { _ in specification.space.sample(using: &generator) }
        let usual = Array(samples.lazy.filter { feasibility.problem(of: $0) == nil }.prefix(Self.mostTried))
        guard !usual.isEmpty else {
            guard let problem = feasibility.problem(of: samples[0]) else { return [] }
            throw refusal(
                of: problem.setting, in: samples[0], "none of \(Self.drawn) configurations drawn can be run; \(problem)")
        }
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

    /// The first combination of two parameters' values that no trial can have; nil: there is none.
    private func impossible(
        _ one: Parameter, _ values: [SettingValue], _ other: Parameter, _ otherValues: [SettingValue], _ usual: [Assignment],
        _ feasibility: Feasibility
    ) -> String? {
        func with(_ given: [String: SettingValue], in usual: Assignment) -> Assignment? {
            var chosen = usual
            for parameter in [one, other] where given[parameter.name] != nil {
                for (name, value) in specification.space.witness(for: parameter) ?? [:] { chosen[name] = value }
            }
            for (name, value) in given { chosen[name] = value }
            let whole = whole(chosen)
            return given.allSatisfy { whole[$0.key] == $0.value } ? whole : nil
        }
        /// What is wrong with both in whichever configuration; nil inside: nothing in one of them. Outside: they are never there together.
        func problem(_ value: SettingValue, _ otherValue: SettingValue) -> TrainerSettingsError?? {
            var found: TrainerSettingsError?? = .none
            for assignment in usual.lazy.compactMap({ with([one.name: value, other.name: otherValue], in: $0) }) {
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
