import SearchSpaces
import TrainerSettings

/// Makes a configuration that somebody asks for whole, and holds it to what a strategy's are held to.
struct QueueRules: Sendable {
    private let specification: StudySpecification
    private let isFeasible: @Sendable (Assignment) -> Bool

    /// Draws of what is left open, until the configuration is a new one that keeps the constraints.
    private static let draws = 200

    init(_ specification: StudySpecification, isFeasible: @escaping @Sendable (Assignment) -> Bool) {
        (self.specification, self.isFeasible) = (specification, isFeasible)
    }

    /// - Parameters:
    ///   - given: values, which come before those of the trial that is cloned.
    ///   - number: the request's, by which what is left open is drawn.
    func whole(
        _ given: Assignment, clone: Trial.ID?, number: Int, in study: RequestRules.Situation
    ) throws(RequestRefusal) -> Assignment {
        let given = try own(given)
        var part = given
        if let clone {
            guard study.history.contains(clone) else { throw RequestRefusal("there is no trial \(clone) to clone") }
            let cloned = study.history[clone].assignment.values.filter { given[$0.key] == nil }
            part.values.merge(try own(Assignment(cloned)).values) { own, _ in own }
        }
        guard !part.values.isEmpty else {
            throw RequestRefusal("it sets nothing; give a value such as r=8, or a trial to clone")
        }
        for name in given.values.keys.sorted() { try requireConditions(of: name, in: part) }
        return try completed(part, number: number, in: study)
    }

    private func completed(
        _ part: Assignment, number: Int, in study: RequestRules.Situation
    ) throws(RequestRefusal) -> Assignment {
        let queued = study.log.queue(after: study.history)
        var generator = SeededGenerator(specification.seed, -4, number)
        var refusal = RequestRefusal("")
        for _ in 0..<Self.draws {
            let whole = specification.space.completed(part, using: &generator)
            if let twin = twin(of: whole, in: study.history, queued) {
                refusal = RequestRefusal("\(twin) has this configuration, and it would come out the same")
            } else if !isFeasible(whole) {
                refusal = RequestRefusal(
                    "\(whole.pairs) breaks a constraint or does not fit in memory; `autolora check` tells both")
            } else {
                return whole
            }
            // Where nothing is left open, drawing again comes to the same.
            if whole.values.keys.allSatisfy({ part[$0] != nil }) { break }
        }
        throw refusal
    }

    /// Who has the same configuration, where none runs twice in the study; nil: nobody.
    private func twin(of assignment: Assignment, in history: History, _ queued: [QueuedConfiguration]) -> String? {
        guard !specification.repeats else { return nil }
        if let trial = history.trials.first(where: { $0.assignment == assignment }) { return "trial \(trial.id)" }
        return queued.first { $0.assignment == assignment }.map { "request \($0.request)" }
    }

    /// - Throws: for a value that the space does not have, with the nearest that it has.
    private func own(_ values: Assignment) throws(RequestRefusal) -> Assignment {
        var own = Assignment([:])
        for (name, value) in values.values.sorted(by: { $0.key < $1.key }) {
            guard let parameter = specification.space[name] else {
                let names = specification.space.parameters.map(\.name)
                throw RequestRefusal(
                    "unknown parameter '\(name)'; allowed: \(names.joined(separator: ", "))\(nearestHint(to: name, among: names))"
                )
            }
            guard let value = parameter.distribution.own(value) else {
                throw RequestRefusal("\(name) is never \(value)\(parameter.distribution.nearestWords(to: value))")
            }
            own[name] = value
        }
        return own
    }

    private func requireConditions(of name: String, in part: Assignment) throws(RequestRefusal) {
        for condition in specification.space[name]?.conditions ?? [] {
            guard let value = part[condition.parameter] else {
                throw RequestRefusal("\(name) is there only when \(condition); give \(condition.parameter) too")
            }
            guard condition.holds(for: value) else {
                throw RequestRefusal("\(name) is there only when \(condition), and here it is \(value)")
            }
        }
    }

    /// When a configuration that was taken is tried.
    func place(in study: RequestRules.Situation) -> String {
        let ahead = study.history.trials.count + study.log.queue(after: study.history).count
        return
            ahead < study.trialCount
            ? (study.isSearching ? "a worker that is free tries it next" : "it is tried once the study is resumed")
            : "it is kept: the study has its \(study.trialCount) trials, so resume it with --trials \(ahead + 1) or more to try it"
    }
}

extension Distribution {
    /// "; the nearest that is allowed: 16", as far as there is any.
    fileprivate func nearestWords(to value: SettingValue) -> String {
        if let number = value.number, number.isFinite, let nearest = closest(to: number) {
            return "; the nearest that is allowed: \(nearest)"
        }
        switch self {
        case .constant(let only): return "; allowed: \(only)"
        case .categorical(let values, probabilities: _):
            let words = values.map(\.description)
            let twin = words.contains(value.description)
            let hint =
                twin
                ? "; there it is no text: write it without quotation marks" : nearestHint(to: value.description, among: words)
            return "; allowed: \(words.joined(separator: ", "))\(hint)"
        default:
            return
                "; a number is wanted\(bounds.map { " from \(SettingValue.short($0.lowerBound)) to \(SettingValue.short($0.upperBound))" } ?? "")"
        }
    }
}
