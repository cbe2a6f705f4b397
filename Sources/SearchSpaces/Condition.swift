package import TrainerSettings

extension Parameter {
    /// A parameter is there only where another, earlier one has one of some values, or a number within limits.
    package struct Condition: Sendable, Hashable {
        package let parameter: String
        package let test: Test

        package enum Test: Sendable, Hashable {
            case values([SettingValue])
            case range(Limits)
        }

        package init(parameter: String, _ test: Test) {
            self.parameter = parameter
            self.test = test
        }

        package init(parameter: String, values: [SettingValue]) {
            self.init(parameter: parameter, .values(values))
        }

        package func holds(for value: SettingValue) -> Bool {
            switch test {
            case .values(let values): values.contains(value)
            case .range(let limits): value.number.map(limits.allow) ?? false
            }
        }
    }
}

extension Parameter.Condition: CustomStringConvertible {
    /// "r is 4 or 8", "r is at least 16".
    package var description: String { "\(parameter) \(wanted)" }

    private var wanted: String {
        switch test {
        case .values(let values): return "is " + values.map(\.description).joined(separator: " or ")
        case .range(let limits):
            let (low, high) = (limits.min.map(SettingValue.short), limits.max.map(SettingValue.short))
            if let low, let high { return "is from \(low) to \(high)" }
            return low.map { "is at least \($0)" } ?? high.map { "is at most \($0)" } ?? "is a number"
        }
    }
}

extension Distribution {
    /// A value for which all of some conditions hold, whatever parameter they name; nil: there is none.
    package func value(satisfying conditions: [Parameter.Condition]) -> SettingValue? {
        func fits(_ value: SettingValue) -> Bool { conditions.allSatisfy { $0.holds(for: value) } }
        guard count == nil else { return runs(by: conditions).map { value(at: $0.lowerBound) }.first(where: fits) }
        guard let bounds else { return nil }
        var candidates = [bounds.lowerBound, bounds.upperBound, (bounds.lowerBound + bounds.upperBound) / 2]
        for condition in conditions {
            if case .range(let limits) = condition.test { candidates += [limits.min, limits.max].compactMap(\.self) }
        }
        return candidates.compactMap { own(.double($0)) }.first(where: fits)
    }

    /// The numbers of the values, in stretches within each of which every condition holds for all values or for none.
    ///
    /// - Precondition: the values can be counted.
    func runs(by conditions: [Parameter.Condition]) -> [Range<Int>] {
        let count = count ?? 1
        var starts: Set = [0]
        switch self {
        case .constant, .categorical:
            var before: [Bool]?
            for index in 0..<count {
                let value = value(at: index)
                let holding = conditions.map { $0.holds(for: value) }
                if holding != before { starts.insert(index) }
                before = holding
            }
        default:
            for condition in conditions {
                switch condition.test {
                case .values(let values):
                    for index in values.compactMap({ index(of: $0) }) { starts.formUnion([index, index + 1]) }
                case .range(let limits):
                    if let low = limits.min { starts.insert(firstIndex { $0 >= low }) }
                    if let high = limits.max { starts.insert(firstIndex { $0 > high }) }
                }
            }
        }
        let sorted = starts.filter { $0 < count }.sorted() + [count]
        return zip(sorted, sorted.dropFirst()).map { $0..<$1 }
    }

    /// The number of the first value that is great enough; the count of all where none is.
    private func firstIndex(where isGreat: (Double) -> Bool) -> Int {
        var (low, high) = (0, count ?? 1)
        while low < high {
            let middle = low + (high - low) / 2
            if isGreat(value(at: middle).number ?? 0) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
