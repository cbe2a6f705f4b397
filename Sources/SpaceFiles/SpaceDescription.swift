package import SearchSpaces
import TrainerSettings

/// A study as it was understood, for people: what `autolora check` prints.
package struct SpaceDescription: Sendable, Hashable {
    package struct Row: Sendable, Hashable {
        package let name: String
        /// The distribution's name.
        package let kind: String
        package let values: String
        package let size: String
    }

    /// Labels and texts: the study, its metric, how it is searched.
    package let study: [[String]]
    package let parameters: [Row]
    /// Labels and texts: the space's size, a full trial's cost.
    package let totals: [[String]]

    /// - Parameter written: times, sizes and limits as the file has them (``SpaceFile/written``).
    package init(_ specification: StudySpecification, written: [String: String] = [:]) {
        study = Self.study(specification, written)
        parameters = specification.space.parameters.map(Row.init)
        totals = [
            ["space", Self.size(of: specification.space)],
            ["one full trial", Self.cost(of: specification)],
        ]
    }

    /// The whole as lines of text, without a line break at the end.
    package var text: String {
        let table = [["parameter", "kind", "size", "values"]] + parameters.map { [$0.name, $0.kind, $0.size, $0.values] }
        return [study, table, totals].map(Self.columns).joined(separator: "\n\n")
    }

    private static func columns(_ rows: [[String]]) -> String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                index == row.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
            }.joined(separator: "   ")
        }.joined(separator: "\n")
    }

    // MARK: - The study

    private static func study(_ study: StudySpecification, _ written: [String: String]) -> [[String]] {
        let time = study.timeCap.map { ", at most \(Self.time($0, written["time_cap"])) a run" } ?? ""
        var lines = [
            ["study", study.name + (study.summary.map { ": " + $0 } ?? "")],
            metrics(of: study),
            [
                "method",
                "\(method(of: study)), \(trials(of: study)), \(study.workers) at a time, seed \(study.seed)\(time)",
            ],
            ["early termination", termination(of: study)],
            ["trainer", study.trainer.traits.title],
        ]
        for (name, limits) in study.constraints.sorted(by: { $0.key < $1.key }) {
            func plain(_ limit: Double, _ key: String) -> String {
                if let text = written["constraints.\(name).\(key)"] { return text }
                return Limits.areBytes(name)
                    ? Int(exactly: limit).map { "\(ByteCount(bytes: $0))" } ?? "\(limit)" : Self.plain(limit)
            }
            let sides = [limits.min.map { "at least \(plain($0, "min"))" }, limits.max.map { "at most \(plain($0, "max"))" }]
            lines.append(["constraint", "\(name) \(sides.compactMap(\.self).joined(separator: ", "))"])
        }
        if let search = study.rankSearch {
            lines.append(
                [
                    "ranks",
                    "within \(search.budget) parameters of adapters in each trial: even, by a probe, or cut from an adapter of rank \(search.start)",
                ])
        }
        if let confirmation = study.confirmation { lines.append(["confirmation", Self.text(confirmation)]) }
        lines.append(["supervision", supervision(study.supervision, written)])
        return lines
    }

    private static func time(_ seconds: Double, _ written: String?) -> String {
        guard let written, Double(written) == nil else { return "\(written ?? SettingValue.short(seconds)) s" }
        return written
    }

    private static func metrics(of study: StudySpecification) -> [String] {
        let source = study.reportSource
        let place = [source.file.map { ", in the file \($0)" }, source.pattern.map { ", by the pattern \($0)" }].compactMap(
            \.self
        ).joined()
        guard !study.otherMetrics.isEmpty else {
            guard study.metric.isNamed else { return ["metric", "the first figure that a trial reports" + place] }
            let target = study.metric.target.map { ", until it reaches \(SettingValue.short($0))" } ?? ""
            return ["metric", "\(study.metric.goal.rawValue) \(study.metric.name)\(target)\(place)"]
        }
        let goals = study.metrics.map { "\($0.goal.rawValue) \($0.name)" }.joined(separator: ", ")
        let targets = study.metrics.compactMap(\.target).map { SettingValue.short($0) }.joined(separator: " and ")
        return ["metrics", goals + (targets.isEmpty ? "" : ", until one trial reaches \(targets)") + place]
    }

    private static func termination(of study: StudySpecification) -> String {
        let alone = study.otherMetrics.isEmpty || study.earlyTermination == .none ? "" : "by \(study.metric.name) alone: "
        return alone + study.earlyTermination.summary
    }

    private static func text(_ settings: ConfirmationSettings) -> String {
        let baseline =
            switch settings.baseline {
            case .none: ""
            case .plain: ", beside the trainer's own defaults"
            case .trial(let number): ", beside trial \(number)"
            case .configuration: ", beside \(settings.baseline)"
            }
        return "the best \(settings.top == 1 ? "one" : "\(settings.top)") with \(settings.seeds) seeds each\(baseline)"
    }

    private static func supervision(_ supervision: Supervision, _ written: [String: String]) -> String {
        let limits = [
            supervision.trialTimeout.map { "at most \(time($0, written["trial_timeout"])) a launch" },
            supervision.reportTimeout.map { "at most \(time($0, written["report_timeout"])) of silence" },
            "\(supervision.maxRetries) \(supervision.maxRetries == 1 ? "retry" : "retries") where killed from outside",
            supervision.maxFailures.map { "\($0) \($0 == 1 ? "failure ends" : "failures end") the run" },
            supervision.diskCap.map { "at most \(written["disk_cap"] ?? "\(ByteCount(bytes: $0))") of disk" },
            supervision.onOutOfMemory == .halveBatch ? "half the batch with twice the accumulation where out of memory" : nil,
            supervision.grace == Supervision.defaultGrace ? nil : "\(time(supervision.grace, written["grace"])) to end in",
        ]
        return limits.compactMap(\.self).joined(separator: ", ")
    }

    private static func method(of study: StudySpecification) -> String {
        let choice = MethodChoice(study)
        return choice.reason.map { "auto: \(choice.method.rawValue), because \($0)" } ?? choice.method.rawValue
    }

    private static func trials(of study: StudySpecification) -> String {
        if study.runCap == nil, study.method == .grid { return "every configuration" }
        let count = study.trialCount
        return "\(count) trial\(count == 1 ? "" : "s")"
    }

    // MARK: - The totals

    private static func size(of space: SearchSpace) -> String {
        if let size = space.size { return count(size) + (size == 1 ? " configuration" : " configurations") }
        let endless = space.parameters.filter { $0.distribution.count == nil }
        let names = endless.map(\.name).joined(separator: ", ")
        let combinations = space.combinations ?? 1
        return "infinite: " + (combinations == 1 ? "" : "\(count(combinations)) combinations times ") + "the values of \(names)"
    }

    private static func count(_ size: Int) -> String {
        size == .max ? "more than 9e18" : String(size)
    }

    private static func cost(of study: StudySpecification) -> String {
        let cost = TrialCost(study)
        let most = study.earlyTermination.rungs?.maximum
        let reports = [cost.reports, most].compactMap(\.self).min()
        let ending = reports.map { ", \($0) report\($0 == 1 ? "" : "s")" } ?? ""
        guard let steps = cost.steps else {
            if let own = cost.reports, let most, most < own { return "\(most) epochs of the training data" + ending }
            if let epochs = cost.epochs { return "\(range(epochs)) epochs of the training data" + ending }
            return most.map { "\($0) reports, or fewer where the program ends before" } ?? "until the program ends"
        }
        let cap = most.flatMap { most in cost.evalSteps.map { most.multipliedReportingOverflow(by: $0) } }
        let limit = cap.map { $0.overflow ? .max : $0.partialValue } ?? .max
        let (least, greatest) = (min(steps.lowerBound, limit), min(steps.upperBound, limit))
        return range(Double(least)...Double(greatest)) + " steps" + ending
    }

    private static func range(_ range: ClosedRange<Double>) -> String {
        range.lowerBound == range.upperBound
            ? plain(range.lowerBound) : "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
    }

    /// Whole numbers in full.
    private static func plain(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? SettingValue.short(number)
    }
}

extension SpaceDescription.Row {
    init(_ parameter: Parameter) {
        name = parameter.name
        kind = parameter.distribution.name
        size = parameter.distribution.count.map(String.init) ?? "infinite"
        let conditions = parameter.conditions.map(\.description).joined(separator: " and ")
        values = Self.values(parameter.distribution) + (conditions.isEmpty ? "" : " when " + conditions)
    }

    static func values(_ distribution: Distribution) -> String {
        func number(_ value: Double) -> String { SettingValue.short(value) }
        /// With all digits where four do not tell the two apart.
        func range(_ low: Double, _ high: Double) -> String {
            number(low) == number(high) ? "\(low) to \(high)" : "\(number(low)) to \(number(high))"
        }
        switch distribution {
        case .constant(let value): return value.description
        case .categorical(let values, nil): return values.map(\.description).joined(separator: ", ")
        case .categorical(let values, let probabilities?):
            return zip(values, probabilities).map { "\($0) (\(number($1)))" }.joined(separator: ", ")
        case .intUniform(let min, let max), .intLogUniform(let min, let max): return "\(min) to \(max)"
        case .uniform(let min, let max), .logUniform(let min, let max): return range(min, max)
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            return "\(range(min, max)) in steps of \(number(q))"
        case .normal(let mu, let sigma), .logNormal(let mu, let sigma): return "mu \(number(mu)), sigma \(number(sigma))"
        }
    }
}
