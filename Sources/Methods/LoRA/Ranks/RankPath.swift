import Glibc

/// The lower ranks of an adapter's modules, from none to all of what was trained, as one path of nested choices: each step gives one
/// module one rank more, by the squared singular value that this keeps for each parameter it costs.
package struct RankPath: Sendable {
    /// The modules' numbers, one for each step.
    private let steps: [Int]
    /// Of each number of steps, from 0: the adapters' parameters, and what of the sum of squares is lost.
    private let parameters: [Int]
    private let lost: [Double]
    private let floor: [Int]

    /// - Parameters:
    ///   - fixed: parameters that there are whatever the ranks.
    ///   - least: the rank that every module keeps; 1 where it does something without one.
    package init(_ modules: [ModuleSpectrum], fixed: Int, least: Int = 0) {
        var choices: [(module: Int, worth: Double)] = []
        for (number, module) in modules.enumerated() {
            choices += module.values.dropFirst(least).map { (number, $0 * $0 / Double(module.cost)) }
        }
        // A module's values fall, so its ranks come in their order; equals in the modules' order.
        let order = choices.indices.sorted {
            (choices[$1].worth, $0) < (choices[$0].worth, $1)
        }
        steps = order.map { choices[$0].module }
        floor = modules.map { min(least, $0.values.count) }
        var parameters = [zip(modules, floor).reduce(fixed) { $0 + $1.0.cost * $1.1 }]
        var lost = [choices.reduce(0) { $0 + $1.worth * Double(modules[$1.module].cost) }]
        for place in order {
            let (module, worth) = choices[place]
            parameters.append(parameters[parameters.count - 1] + modules[module].cost)
            lost.append(max(0, lost[lost.count - 1] - worth * Double(modules[module].cost)))
        }
        let total = modules.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1 * $1 } }
        (self.parameters, self.lost) = (parameters, lost.map { total > 0 ? $0 / total : 0 })
    }

    package var stepCount: Int { steps.count }

    /// The first place at which any module has a rank.
    package var first: Int { floor.contains { $0 > 0 } ? 0 : min(1, stepCount) }

    /// The modules' ranks after so many steps, in their order.
    package func ranks(after count: Int) -> [Int] {
        var ranks = floor
        for module in steps.prefix(count) { ranks[module] += 1 }
        return ranks
    }

    /// The adapters' parameters after so many steps.
    package func parameters(after count: Int) -> Int { parameters[count] }

    /// The share of the sum of the squared singular values that is kept.
    package func share(after count: Int) -> Double { 1 - lost[count] }

    /// The last place on the path with at most so many parameters; nil: not even the first keeps to it.
    package func place(within budget: Int) -> Int? {
        guard parameters[0] <= budget else { return nil }
        return parameters.lastIndex { $0 <= budget }
    }

    /// The first place that keeps such a share.
    package func place(keeping share: Double) -> Int { lost.firstIndex { 1 - $0 >= share } ?? stepCount }

    /// Places spread over the path, the last included, each with about the same ratio of ranks to the next; at most so many.
    package func places(count: Int) -> [Int] {
        guard stepCount > 1, count > 1 else { return count > 0 ? [stepCount] : [] }
        let least = min(max(1, floor.count / 4), stepCount)
        let ratio = Double(stepCount) / Double(least)
        var places: [Int] = []
        for number in 0..<count {
            let power = Double(number) / Double(count - 1)
            let place = Int((Double(least) * pow(ratio, power)).rounded())
            if place > places.last ?? 0 { places.append(min(place, stepCount)) }
        }
        return places
    }
}
