import Schedulers
import SearchSpaces
import Studies
import StudyStore
import TrialRunners

extension Controller {
    /// Takes a line of a trial's, and before its launch's first one what that says to be behind it.
    func reported(_ id: Trial.ID, _ line: ReportLine) -> Directive {
        guard let line = recordable(line) else { return .goOn }
        let earlier = behind.removeValue(forKey: id)?.due(before: line, after: lives[id]?.trial.reports.last?.step) ?? []
        return take(id, earlier + [line])
    }

    /// The program had nothing left to do: all that it has ever printed is behind it.
    func takeBehind(_ id: Trial.ID) {
        if let behind = behind.removeValue(forKey: id) { _ = take(id, behind.all) }
    }

    /// - Returns: the first word to the trial; nothing that comes after it counts.
    private func take(_ id: Trial.ID, _ lines: [ReportLine]) -> Directive {
        lines.map { take(id, $0) }.first { $0 != .goOn } ?? .goOn
    }

    /// Takes a report: records it, then asks the scheduler what becomes of the trial.
    private func take(_ id: Trial.ID, _ line: ReportLine) -> Directive {
        // A report that comes after one that could not be recorded would leave a hole.
        if case .storeFailed = stopping {
            noteUnrecorded(id)
            return .endNow
        }
        // Nothing that is said after the trial was taken out counts.
        guard !leaves(id), lives[id]?.trial.prunedBy == nil else { return .endNow }
        if let directive = relive(id, line) { return directive }
        guard var life = lives.removeValue(forKey: id) else { return .endNow }
        // The life is the only one to hold the reports: with thousands of them a copy for each would tell.
        let earlier = history[id].reports.count
        history[id].reports = []
        let wasEnding = life.isEnding
        defer { lives[id] = life }
        let before = life.trial.reports.last
        var report: Report
        do {
            switch life.handle(.reported(step: line.step, value: line.value, metrics: line.metrics)) {
            case .record(let new):
                report = new
                report.details = line.details
                try store.record(report, of: id, at: now())
            case .amend(let amended):
                // The evaluation that the trial is ended by may be told of once more: it is left to save it.
                if amended != before { try store.amend(amended, of: id, at: now()) }
                note(life.trial)
                announce(.amended(id, amended))
                return .goOn
            default:
                history[id].reports = life.trial.reports
                if life.ahead > 0 {
                    say(
                        .ahead, of: id,
                        "it goes on after report \(life.trial.reports.count), where it was to stop: what it prints from there on counts if it "
                            + "is promoted; let it save its checkpoint and end after $AUTOLORA_STOP_AFTER reports")
                    ahead[id, default: ReportsAhead(launch: life.trial.launches)].append(
                        line, iter: life.trial.reports.count + life.ahead)
                }
                return wasEnding ? .endNow : .goOn
            }
        } catch {
            history[id].reports = Array(life.trial.reports.prefix(earlier))
            let reason = StopReason.storeFailed("trial \(id)'s report \(life.trial.iter) cannot be recorded: \(error)")
            begin(stopping: reason)
            noteUnrecorded(id)
            stop.yield(reason)
            return .endNow
        }
        note(life.trial)
        notice(line, of: life)
        announce(.reported(id, report))
        guard !wasEnding else { return .endNow }
        return directive(for: &life, after: report)
    }

    /// A line by the study's metric, which may have been named since the launch that it comes from; nil: it lacks that.
    private func recordable(_ line: ReportLine) -> ReportLine? {
        guard let name = line.spelling else { return line }
        if !specification.metric.isNamed {
            do { try adopt(Metric(name: name, goal: Goal(usualFor: name))) } catch {
                let reason = StopReason.storeFailed("the study's metric cannot be recorded: \(error)")
                begin(stopping: reason)
                stop.yield(reason)
                return nil
            }
        }
        return FigureName.isSame(name, specification.metric.name) ? line : line.about(specification.metric.name)
    }

    /// Says what is odd about how trials report, each kind once.
    private func notice(_ line: ReportLine, of life: TrialLife) {
        let id = life.trial.id
        if let spelling = line.spelling, spelling != specification.metric.name {
            say(.spelling, of: id, "its lines say \(spelling), which is taken for \(specification.metric.name)")
        }
        if let beginning = life.newBeginning {
            say(
                .steps, of: id,
                "its step \(beginning.step) comes after \(beginning.after): steps begin again, so its reports are counted without them; "
                    + "print `step` counted over the trial's whole life")
        }
        if let delay = line.delay {
            say(
                .delay, of: id,
                "\(delay.reports) reports came at one instant after \(Int(delay.seconds)) s without any: a program that keeps its output back "
                    + "cannot be ended in time; let it flush each line (print(..., flush=True))")
        }
    }

    private func say(_ kind: Remark, of id: Trial.ID, _ text: @autoclosure () -> String) {
        if said.insert(kind).inserted { announce(.noticed(id, text())) }
    }

    /// What is said once a run.
    enum Remark: Hashable { case spelling, steps, delay, ahead }

    private func directive(for life: inout TrialLife, after report: Report) -> Directive {
        var decision = decision(on: life.trial.id)
        if !life.trial.confirms, history.ends(with: report, of: life.trial, metrics: specification.metrics) {
            decision = .complete
            stop.yield(.targetReached(report.value))
        }
        guard case .end(let decision) = life.handle(.decided(decision)) else { return .goOn }
        do { try noteVerdict(decision, of: life.trial.id) } catch {
            let reason = StopReason.storeFailed("what was decided of trial \(life.trial.id) cannot be recorded: \(error)")
            begin(stopping: reason)
            stop.yield(reason)
        }
        return Directive(decision)
    }

    func decision(on id: Trial.ID) -> Decision {
        guard history[id].confirms else { return scheduler.decide(id, in: history, of: specification) }
        // It is compared with nobody before its end.
        return history[id].iter >= specification.earlyTermination.rungs?.maximum ?? .max ? .complete : .continue
    }

    /// Takes what a trial printed before the last controller died, as if that had.
    func takeUnrecorded(_ id: Trial.ID) throws {
        guard let printed = preparation.printed(by: history[id]) else { return }
        // The launch is lived through again: what is on record of it comes out once more, and then what is not.
        var trial = history[id]
        trial.reports = Array(trial.reports.prefix(printed.start.reports))
        var life = TrialLife(trial)
        _ = life.handle(.launched(fromCheckpoint: printed.start.isResumed, milestone: trial.milestone))
        let behind = printed.start.isResumed ? preparation.reportsAhead(of: trial) : nil
        var lines = printed.reports.compactMap(recordable)
        if let behind, behind.launch < printed.start.launch, let first = lines.first {
            lines = behind.due(before: first, after: trial.reports.last?.step) + lines
        }
        for line in lines {
            switch life.handle(.reported(step: line.step, value: line.value, metrics: line.metrics)) {
            case .record(var report) where report.iter > history[id].reports.count:
                // What comes after the report that it is weighed by does not count yet.
                if !history[id].reports.isEmpty, decision(on: id) != .continue {
                    ahead[id, default: ReportsAhead(launch: printed.start.launch)].append(line, iter: report.iter)
                    continue
                }
                report.details = line.details
                try store.record(report, of: id, at: now())
                history[id].reports.append(report)
            case .amend(let report) where report.iter > history[id].reports.count:
                ahead[id]?.append(line, iter: report.iter)
            case .amend(let report) where report.iter == history[id].reports.count:
                guard let last = history[id].reports.last else { continue }
                let amended = last.adding(step: report.step, report.metrics)
                if amended != last { try store.amend(amended, of: id, at: now()) }
                history[id].reports[report.iter - 1] = amended
            default: continue
            }
        }
        announce(.recovered(history[id]))
    }

    /// A trial whose controller died between the report that ended it and the end of its process need not be launched again.
    func settleIfWeighed(_ trial: Trial) throws {
        guard !trial.reports.isEmpty else { return }
        var life = TrialLife(trial)
        guard case .end = life.handle(.decided(decision(on: trial.id))) else { return }
        guard case .settle(_, let error) = life.handle(.exited(.exited(0))) else { return }
        try settle(life.trial, error: error)
    }
}

extension History {
    /// Whether a report reaches the target of every metric; where one has none, no report does.
    func reachesTargets(_ report: Report, of metrics: [Metric]) -> Bool {
        zip(metrics, values(of: report)).allSatisfy { metric, value in
            guard let target = metric.target, value.isFinite else { return false }
            return !metric.goal.prefers(target, to: value)
        }
    }

    /// Whether nothing is left to look for after a trial's latest report.
    func ends(with report: Report, of trial: Trial, metrics: [Metric]) -> Bool {
        // The report that gives the trial its value, as its adapter is the one that is kept.
        reachesTargets(report, of: metrics) && violation(of: report) == 0 && trial.best(goal)?.iter == report.iter
    }
}
