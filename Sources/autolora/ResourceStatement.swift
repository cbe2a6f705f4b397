import Schedulers
import SearchSpaces
import SpaceFiles
import TrainerSettings
import Trainers

/// What a study will cost, for people: how far its trials get, the steps of all, and the time where it can be known.
struct ResourceStatement {
    private let specification: StudySpecification
    private let pace: Pace?
    private let disk: TrialDisk?

    /// - Parameter disk: of a trial; nil: it is not known.
    init(_ specification: StudySpecification, disk: TrialDisk?, pace: Pace?) {
        self.specification = specification
        self.disk = disk
        self.pace = pace
    }

    /// Lines of text, without a line break at the end.
    var text: String {
        let cost = TrialCost(specification)
        let plan = ResourcePlan(specification.earlyTermination, runCap: specification.trialCount, reports: cost.reports)
        let disk = disk.map { DiskEstimate($0, of: specification, waiting: plan?.mostWaiting ?? 0).text }
        return text(cost, plan) + "\ndisk              " + (disk ?? "not known before trials have run")
    }

    private func text(_ cost: TrialCost, _ plan: ResourcePlan?) -> String {
        let trials = specification.trialCount
        guard let plan, let last = plan.rungs.last else { return "in all            " + unknown(cost, trials) }
        let unit = cost.steps(atReport: last.reports) == nil ? "reports" : "steps"
        let amount: (Int) -> Int = { cost.steps(atReport: $0) ?? $0 }
        var lines: [String] = []
        if plan.rungs.count > 1 {
            lines.append(Self.row("reports", unit == "steps" ? "steps" : nil, "trials that get there"))
            for rung in plan.rungs {
                lines.append(
                    Self.row(
                        String(rung.reports), cost.steps(atReport: rung.reports).map { String($0) },
                        (plan.isExact ? "" : "about ") + String(rung.trials)))
            }
            lines.append("")
        }
        let (all, full) = (plan.total(amount), trials * amount(last.reports))
        let share = full > 0 ? Int((100 * Double(all) / Double(full)).rounded()) : 100
        lines.append(
            "in all            \(plan.isExact ? "" : "about ")\(all) \(unit)"
                + (all < full ? ", \(share) % of the \(full) that \(trials) trials in full would take" : ""))
        lines.append(
            "time              \(time(steps: cost.steps(atReport: last.reports) == nil ? nil : all, reports: plan.totalReports))"
        )
        return lines.joined(separator: "\n")
    }

    private func unknown(_ cost: TrialCost, _ trials: Int) -> String {
        guard case .median = specification.earlyTermination else {
            guard specification.trainer.traits.length != nil else {
                return "not known: where a trial ends is the program's own business"
            }
            return uncounted(cost, trials)
        }
        let most = cost.reports.map { reports in
            cost.steps(atReport: reports).map { "\($0 * trials) steps" } ?? "\(reports * trials) reports"
        }
        return "not known: the median rule goes by the values" + (most.map { "; at most \($0), every trial in full" } ?? "")
    }

    /// Of trials whose reports cannot be counted beforehand.
    private func uncounted(_ cost: TrialCost, _ trials: Int) -> String {
        guard let steps = cost.steps else {
            let epochs = cost.epochs.map { Self.range($0.lowerBound, $0.upperBound) + " epochs of the training data" }
            return "not known: each trial makes " + (epochs ?? "as many steps as its settings say")
        }
        guard steps.lowerBound == steps.upperBound else {
            let range = Self.range(Double(steps.lowerBound) * Double(trials), Double(steps.upperBound) * Double(trials))
            return "\(range) steps, by what the trials' settings are"
        }
        let (all, overflow) = steps.upperBound.multipliedReportingOverflow(by: trials)
        guard !overflow else { return "more than 9e18 steps" }
        guard specification.earlyTermination == .none else { return "at most \(all) steps, every trial in full" }
        return "\(all) steps" + (pace?.secondsPerStep == nil ? "" : "\ntime              \(time(steps: all, reports: 0))")
    }

    private static func range(_ low: Double, _ high: Double) -> String {
        func plain(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? SettingValue.short(number) }
        return low == high ? plain(low) : "\(plain(low)) to \(plain(high))"
    }

    private func time(steps: Int?, reports: Int) -> String {
        guard let pace else { return "not known before trials have run; once they have, this command tells it" }
        let seconds =
            steps.flatMap { steps in pace.secondsPerStep.map { $0 * Double(steps) } } ?? pace.secondsPerReport * Double(reports)
        return
            "about \(TimeSpan.text(seconds: seconds.rounded())), by the pace of the \(pace.trials) trials of study \(pace.study)"
            + (pace.workers == specification.workers ? "" : " (\(pace.workers) at a time)")
    }

    private static func row(_ reports: String, _ steps: String?, _ trials: String) -> String {
        reports.padded(8, left: true) + (steps.map { $0.padded(10, left: true) } ?? "") + "   " + trials
    }
}
