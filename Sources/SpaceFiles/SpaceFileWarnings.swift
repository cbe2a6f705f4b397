import SearchSpaces
import TrainerSettings

/// What is allowed and yet probably not meant.
struct SpaceFileWarnings {
    private let reader: SpaceFileReader
    private var specification: StudySpecification { reader.specification }

    init(_ reader: SpaceFileReader) {
        self.reader = reader
    }

    var all: [(Position, String)] {
        (topLevel + metric + caps + settings + scales + tuples + reports + sweepKeys + devices
            + reader.type.warnings(about: reader.study))
            .sorted { $0.0 < $1.0 }
    }

    private var topLevel: [(Position, String)] {
        var warnings = passedOver
        if let name = reader.root["name"], case .scalar(_, let text) = name.content, text != specification.name {
            warnings.append((name.position, "the study is called \(specification.name)"))
        }
        return warnings
    }

    /// W&B's keys that have no effect, all in one warning.
    private var passedOver: [(Position, String)] {
        var found = SpaceFileReader.passedOver.filter { reader.root[$0] != nil }.map { ($0, reader.root.position(of: $0)) }
        if let value = reader.root["metric"], case .mapping(let entries) = value.content {
            found += entries.filter { SpaceFileReader.passedOverOfMetric.contains($0.key) }.map {
                ("metric." + $0.key, $0.keyPosition)
            }
        }
        found.sort { $0.1 < $1.1 }
        guard let first = found.first else { return [] }
        let names = found.map { "'\($0.0)'" }
        let list = names.count > 1 ? names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1] : names[0]
        return [(first.1, "\(list) \(names.count > 1 ? "mean" : "means") nothing here")]
    }

    private var metric: [(Position, String)] {
        guard !reader.metrics.isEmpty else {
            return [(reader.root.position, "no metric: trials are compared by the first figure that one reports")]
        }
        return reader.metrics.filter { !$0.hasGoal }.map {
            ($0.position, "no goal for \($0.metric.name): it is minimized, as W&B has it")
        }
    }

    private var caps: [(Position, String)] {
        spaceCap + queueCap
    }

    private var queueCap: [(Position, String)] {
        let (queued, cap) = (specification.enqueued.count, specification.runCap ?? .max)
        guard queued > cap else { return [] }
        return [(reader.root.position(of: "enqueue"), "run_cap \(cap) leaves out the last \(queued - cap) of them")]
    }

    private var spaceCap: [(Position, String)] {
        specification.runCap.flatMap(specification.repetition).map { [(reader.root.position(of: "run_cap"), $0)] } ?? []
    }

    private var settings: [(Position, String)] {
        reader.parameters.filter { $0.when == nil }.compactMap { parameter in
            reader.trainer.places[parameter.name].map {
                ($0, "'\(parameter.name)' is searched; the trainer's own value is not used")
            }
        }
    }

    private var scales: [(Position, String)] {
        wide + exponents + offsets
    }

    /// Bounds that say more as values than as the exponents that W&B takes them for.
    private var exponents: [(Position, String)] {
        reader.parameters.compactMap { parameter in
            guard let bounds = parameter.exponents, case .logUniform(let low, let high) = parameter.distribution else {
                return nil
            }
            guard bounds.lowerBound > 0, bounds.upperBound <= 1 || bounds.upperBound > 20 else { return nil }
            return (
                parameter.position,
                "min and max are exponents of e here, so '\(parameter.name)' is from \(Distribution.tidy(low)) to "
                    + "\(Distribution.tidy(high)); if you mean the values themselves, write log_uniform_values"
            )
        }
    }

    /// Steps that W&B would count from 0.
    private var offsets: [(Position, String)] {
        guard reader.root["trainer"] == nil else { return [] }
        return reader.parameters.compactMap { parameter in
            let (low, q): (Double, Double)
            switch parameter.distribution {
            case .quantizedUniform(let min, _, let step), .quantizedLogUniform(let min, _, let step): (low, q) = (min, step)
            default: return nil
            }
            guard abs(low.remainder(dividingBy: q)) > 1e-9 * q else { return nil }
            let first = (0..<min(3, parameter.distribution.count ?? 1)).map { parameter.distribution.value(at: $0).description }
            return (
                parameter.position,
                "'\(parameter.name)' is \(first.joined(separator: ", ")), ...: steps are counted from min, where W&B takes multiples of q"
            )
        }
    }

    private var tuples: [(Position, String)] {
        reader.parameters.compactMap { parameter in
            parameter.tuples.map {
                (
                    parameter.samples.first?.position ?? parameter.position,
                    "YAML has no tuples and reads \($0.texts) texts here; lists of lists are written \($0.instead)"
                )
            }
        }
    }

    private var wide: [(Position, String)] {
        reader.parameters.compactMap { parameter in
            guard case .uniform(let low, let high) = parameter.distribution, low > 0, high / low >= 100 else { return nil }
            return (
                parameter.position, "'\(parameter.name)' spans a factor of 100 or more; log_uniform_values searches it evenly"
            )
        }
    }

    private var reports: [(Position, String)] {
        idleTermination + unevenReports
    }

    /// Where no trial comes so far that it would be compared.
    private var idleTermination: [(Position, String)] {
        guard let reports = TrialCost(specification).reports, let first = specification.earlyTermination.firstComparison,
            first > reports
        else { return [] }
        return [
            (
                reader.root.position(of: "early_terminate"),
                "no trial is ever ended early: they are compared at report \(first) first, and a full trial makes \(reports)"
            )
        ]
    }

    /// A trial is complete at max_iter reports, whatever max_steps says.
    private var unevenReports: [(Position, String)] {
        guard let maximum = specification.earlyTermination.rungs?.maximum else { return [] }
        let cost = TrialCost(specification)
        let position = reader.root.position(of: "early_terminate")
        guard let steps = cost.steps, let evalSteps = cost.evalSteps else { return [] }
        guard steps.lowerBound == steps.upperBound else { return [] }
        let (reached, overflow) = maximum.multipliedReportingOverflow(by: evalSteps)
        guard overflow || reached != steps.upperBound else { return [] }
        let product = "max_iter \(maximum) x eval_steps \(evalSteps) = \(overflow ? "more" : "\(reached)")"
        return [(position, "\(product) is not max_steps \(steps.upperBound); a trial ends at whichever comes first")]
    }

    private var devices: [(Position, String)] {
        guard !specification.trainer.traits.usesDevices,
            specification.devices != DeviceRequest() || specification.cluster?.gpus != nil
        else { return [] }
        return RunnerReader(value: reader.root["runner"]).places.filter { $0.0.hasPrefix("runner.gpus") }.prefix(1).map {
            key, position in
            (position, "\(key) has no effect: \(reader.type.name) computes on the CPU")
        }
    }

    /// W&B's keys of hyperband that have no effect here.
    private var sweepKeys: [(Position, String)] {
        guard let value = reader.root["early_terminate"], case .mapping(let entries) = value.content else { return [] }
        return entries.compactMap { entry in
            switch entry.key {
            case "eta" where entry.value.value.integer == nil:
                (
                    entry.keyPosition,
                    "eta \(entry.value.value) is taken as \(specification.earlyTermination.rungs?.eta ?? 3): one trial in so many goes on"
                )
            case "strict": (entry.keyPosition, "'strict' means nothing here: one in eta goes on, as in the paper")
            case "s" where entries.contains { $0.key == "min_iter" }:
                (entry.keyPosition, "'s' means nothing beside min_iter, which gives the lowest rung")
            default: nil
            }
        }
    }
}
