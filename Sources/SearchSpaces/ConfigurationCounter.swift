import TrainerSettings

/// Counts the configurations of parameters some of which hang on others.
///
/// What does not hang together multiplies. Where every parameter hangs on one other at most, each has a count of its own together with all that
/// hangs on it. Where one hangs on several, the values of what it hangs on are gone through, those that decide alike at once.
struct ConfigurationCounter {
    private let parameters: [Parameter]
    /// By parameter: its conditions, and the places of the parameters they name.
    private let needs: [[(place: Int, condition: Parameter.Condition)]]
    /// By parameter.
    private let children: [[Int]]
    /// By parameter, where each hangs on one other at most: how many configurations it has together with all that hangs on it.
    private var subtrees: [Int]?
    private var steps = 0

    /// What a space file may ask for.
    private static let mostSteps = 20_000

    /// - Parameter parameters: those of conditions before those that hang on them.
    init(_ parameters: [Parameter]) {
        self.parameters = parameters
        let places = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var children = [[Int]](repeating: [], count: parameters.count)
        // What hangs on a number that cannot be counted is taken to be there.
        needs = parameters.map { parameter in
            parameter.conditions.compactMap { condition in
                guard let place = places[condition.parameter], parameters[place].distribution.count != nil else { return nil }
                return (place, condition)
            }
        }
        for (place, needs) in needs.enumerated() {
            for parent in Set(needs.map(\.place)) { children[parent].append(place) }
        }
        self.children = children
        if needs.allSatisfy({ $0.count <= 1 }) {
            subtrees = counts(of: Array(parameters.indices), pending: needs.map { $0.map(\.place) })
        }
    }

    /// Whether the conditions hang together in too many ways to go through.
    var hasGivenUp: Bool { steps > Self.mostSteps }

    /// A parameter's values, in stretches of those that decide alike what else is there; nil where nothing hangs on it.
    func runs(of place: Int) -> [Range<Int>]? {
        children[place].isEmpty ? nil : parameters[place].distribution.runs(by: conditions(on: place, of: children[place]))
    }

    private func conditions(on place: Int, of children: [Int]) -> [Parameter.Condition] {
        children.flatMap { needs[$0].filter { $0.place == place }.map(\.condition) }
    }

    /// Of the parameters from a position on, given those before it.
    ///
    /// - Parameter known: a value by place; nil: that parameter is not there.
    mutating func count(from position: Int, known: [Int: SettingValue?]) -> Int {
        guard let subtrees else { return count(of: Array(parameters.indices[position...]), known: known) }
        let tops = parameters.indices[position...].filter { place in
            guard let need = needs[place].first else { return true }
            return need.place < position && Self.holds(need.condition, for: known[need.place])
        }
        return Self.product(tops.map { subtrees[$0] })
    }

    private static func holds(_ condition: Parameter.Condition, for value: SettingValue??) -> Bool {
        if case .some(.some(let value)) = value { condition.holds(for: value) } else { false }
    }

    // MARK: - Parameters that hang on several

    private mutating func count(of places: [Int], known: [Int: SettingValue?]) -> Int {
        var known = known
        var pending: [Int: [Int]] = [:]
        for place in places {
            let open = needs[place].filter { known[$0.place] == nil }
            let isAbsent = needs[place].contains { known[$0.place] != nil && !Self.holds($0.condition, for: known[$0.place]) }
            if isAbsent { known[place] = .some(nil) } else { pending[place] = open.map(\.place) }
        }
        return Self.product(components(of: pending).map { count(component: $0, pending, known: known) })
    }

    private mutating func count(component places: [Int], _ pending: [Int: [Int]], known: [Int: SettingValue?]) -> Int {
        guard let several = places.first(where: { Set(pending[$0] ?? []).count > 1 }) else {
            let counts = counts(of: places, pending: parameters.indices.map { pending[$0] ?? [] })
            return Self.product(places.filter { pending[$0]?.isEmpty == true }.map { counts[$0] })
        }
        var top = several
        while let parent = pending[top]?.first { top = parent }
        let others = places.filter { $0 != top }
        let distribution = parameters[top].distribution
        return distribution.runs(by: conditions(on: top, of: others)).reduce(0) { sum, run in
            steps += 1
            if hasGivenUp { return 0 }
            var known = known
            known[top] = distribution.value(at: run.lowerBound)
            let (all, overflow) = count(of: others, known: known).multipliedReportingOverflow(by: run.count)
            let (total, isTooMuch) = sum.addingReportingOverflow(all)
            return overflow || isTooMuch ? .max : total
        }
    }

    /// The places, those together that hang together.
    private func components(of pending: [Int: [Int]]) -> [[Int]] {
        var roots: [Int: Int] = [:]
        func root(_ place: Int) -> Int {
            var place = place
            while let next = roots[place] { place = next }
            return place
        }
        for (place, parents) in pending.sorted(by: { $0.key < $1.key }) {
            for parent in parents where root(parent) != root(place) { roots[root(place)] = root(parent) }
        }
        return Dictionary(grouping: pending.keys.sorted(), by: root).sorted { $0.key < $1.key }.map(\.value)
    }

    // MARK: - Parameters that hang on one

    /// How many configurations each of some parameters has together with all of them that hang on it.
    ///
    /// - Parameter pending: by place, the one that it hangs on, or none.
    private func counts(of places: [Int], pending: [[Int]]) -> [Int] {
        var counts = [Int](repeating: 1, count: parameters.count)
        var childrenOf: [Int: [Int]] = [:]
        for place in places { if let parent = pending[place].first { childrenOf[parent, default: []].append(place) } }
        for place in places.reversed() {
            let distribution = parameters[place].distribution
            guard let children = childrenOf[place] else {
                counts[place] = distribution.count ?? 1
                continue
            }
            counts[place] = distribution.runs(by: conditions(on: place, of: children)).reduce(0) { sum, run in
                let value = distribution.value(at: run.lowerBound)
                let active = children.filter { child in
                    needs[child].allSatisfy { $0.place != place || $0.condition.holds(for: value) }
                }
                let below = Self.product(active.map { counts[$0] } + [run.count])
                let (total, overflow) = sum.addingReportingOverflow(below)
                return overflow ? .max : total
            }
        }
        return counts
    }

    private static func product(_ counts: [Int]) -> Int {
        counts.reduce(1) { product, count in
            let (result, overflow) = product.multipliedReportingOverflow(by: count)
            return overflow ? .max : result
        }
    }
}
