import SearchSpaces
package import Studies
import TrainerSettings

/// What is asked of a plot besides its kind; nil and empty: the kind's own choice.
package struct PlotOptions: Sendable, Hashable {
    /// Only trials in one of these states.
    package var states: Set<Trial.State>?
    /// Only these.
    package var trials: Set<Int>?
    /// Only the best share, above 0 to 1.
    package var top: Double?
    package var parameters: [String] = []
    /// A figure of the reports; nil: the study's metric.
    package var metric: String?
    package var progress: PlotProgress?
    package var scale: PlotScale?

    package init() {}
}

/// What reports are counted by.
package enum PlotProgress: String, Sendable, Hashable, CaseIterable {
    case trial, report, step, seconds
}

/// An option by its name in a command and in an address.
package enum PlotOption: String, Sendable, Hashable, CaseIterable {
    case states, trials, top, parameters, metric
    case progress = "x"
    case scale = "y"
}

extension PlotOptions {
    /// Reads them from names and texts: `states=complete,pruned`, `trials=1,2`, `top=0.1`, `parameters=r,learning_rate`,
    /// `metric=eval_loss`, `x=step`, `y=log`.
    ///
    /// - Throws: `StudyViewError` for a name or a value that there is not.
    package init(query: [String: String]) throws(StudyViewError) {
        for (name, text) in query.sorted(by: { $0.key < $1.key }) {
            let known = PlotOption.allCases.map(\.rawValue)
            guard let option = PlotOption(rawValue: name) else {
                throw StudyViewError(
                    "plots have no option '\(name)'\(nearestHint(to: name, among: known)); they have \(known.joined(separator: ", "))"
                )
            }
            try set(option, text)
        }
    }

    package mutating func set(_ option: PlotOption, _ text: String) throws(StudyViewError) {
        let words = text.split(separator: ",").map { String($0).trimmingSpaces }
        func refusal(_ expected: String) -> StudyViewError {
            StudyViewError("\(option.rawValue): found '\(text)', expected \(expected)")
        }
        switch option {
        case .states:
            let names = Trial.State.allCases.map(\.rawValue).joined(separator: ", ")
            let known = words.map { Trial.State(rawValue: $0) }
            guard !known.isEmpty, !known.contains(nil) else { throw refusal("some of \(names), with commas between") }
            states = Set(known.compactMap(\.self))
        case .trials:
            let numbers = words.map { Int($0) }
            guard !numbers.isEmpty, numbers.allSatisfy({ $0 ?? -1 >= 0 }) else {
                throw refusal("trials' numbers, with commas between")
            }
            trials = Set(numbers.compactMap(\.self))
        case .top:
            guard let share = Double(text), share > 0, share <= 1 else { throw refusal("a share above 0 up to 1") }
            top = share
        case .parameters:
            guard !words.isEmpty else { throw refusal("parameters' names, with commas between") }
            parameters = words
        case .metric: metric = text
        case .progress:
            progress = PlotProgress(rawValue: text)
            guard progress != nil else { throw refusal(PlotProgress.allCases.map(\.rawValue).joined(separator: ", ")) }
        case .scale:
            scale = PlotScale(rawValue: text)
            guard scale != nil else { throw refusal("linear or log") }
        }
    }

    /// Those that are given.
    var given: Set<PlotOption> {
        var given: Set<PlotOption> = []
        if states != nil { given.insert(.states) }
        if trials != nil { given.insert(.trials) }
        if top != nil { given.insert(.top) }
        if !parameters.isEmpty { given.insert(.parameters) }
        if metric != nil { given.insert(.metric) }
        if progress != nil { given.insert(.progress) }
        if scale != nil { given.insert(.scale) }
        return given
    }

    /// Without those that a kind of plot does not take: for what is asked of several kinds at once.
    package func only(_ taken: Set<PlotOption>) -> PlotOptions {
        var kept = PlotOptions()
        if taken.contains(.states) { kept.states = states }
        if taken.contains(.trials) { kept.trials = trials }
        if taken.contains(.top) { kept.top = top }
        if taken.contains(.parameters) { kept.parameters = parameters }
        if taken.contains(.metric) { kept.metric = metric }
        if taken.contains(.progress) { kept.progress = progress }
        if taken.contains(.scale) { kept.scale = scale }
        return kept
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
