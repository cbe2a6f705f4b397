import TrainerSettings

/// What is allowed and yet probably not meant.
struct SpaceFileWarnings {
    private let reader: SpaceFileReader
    private var specification: StudySpecification { reader.specification }

    init(_ reader: SpaceFileReader) {
        self.reader = reader
    }

    var all: [(Position, String)] {
        (topLevel + metric + caps + settings + scales + reports + sweepKeys).sorted { $0.0 < $1.0 }
    }

    private var topLevel: [(Position, String)] {
        var warnings = ["project", "entity"].filter { reader.root[$0] != nil }.map {
            (reader.root.position(of: $0), "'\($0)' means nothing here")
        }
        if let name = reader.root["name"], case .scalar(_, let text) = name.content, text != specification.name {
            warnings.append((name.position, "the study is called \(specification.name)"))
        }
        return warnings
    }

    private var metric: [(Position, String)] {
        reader.metrics.filter { !$0.hasGoal }.map {
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
        guard let size = specification.space.size, let cap = specification.runCap, cap > size else { return [] }
        return [(reader.root.position(of: "run_cap"), "the space has only \(size) configurations, fewer than run_cap \(cap)")]
    }

    private var settings: [(Position, String)] {
        let hidden = reader.parameters.filter { $0.when == nil }.compactMap { parameter in
            reader.trainer.places[parameter.name].map {
                ($0, "'\(parameter.name)' is searched; the trainer's own value is not used")
            }
        }
        let folder = reader.trainer.places["output_dir"].map { ($0, "a study's trials write into its own folder") }
        return hidden + (folder.map { [$0] } ?? [])
    }

    private var scales: [(Position, String)] {
        reader.parameters.compactMap { parameter in
            guard case .uniform(let low, let high) = parameter.distribution, low > 0, high / low >= 100 else { return nil }
            return (
                parameter.position, "'\(parameter.name)' spans a factor of 100 or more; log_uniform_values searches it evenly"
            )
        }
    }

    /// A trial is complete at max_iter reports, whatever max_steps says.
    private var reports: [(Position, String)] {
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

    /// W&B's keys of hyperband that have no effect here.
    private var sweepKeys: [(Position, String)] {
        guard let value = reader.root["early_terminate"], case .mapping(let entries) = value.content else { return [] }
        return entries.compactMap { entry in
            switch entry.key {
            case "strict": (entry.keyPosition, "'strict' means nothing here: one in eta goes on, as in the paper")
            case "s" where entries.contains { $0.key == "min_iter" }:
                (entry.keyPosition, "'s' means nothing beside min_iter, which gives the lowest rung")
            default: nil
            }
        }
    }
}
