import FoundationEssentials
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// All that is known of a trial: what its page shows.
struct TrialAnswer {
    let table: TrialTable
    let trial: RecordedTrial
    let events: [TimedEvent]
    let requests: RequestLog
    let folder: StudyFolder
    /// As commands take the study's folder; empty: it is the usual one.
    let studiesOption: String
    /// Whether `autolora train` can have it again; another program has its own ways.
    let isBuiltIn: Bool

    private var record: TrialRecord { trial.record }

    /// Reports that a curve shows at most; what is between is not seen.
    private static let mostReports = 2_000

    var json: SettingValue {
        let row = TrialRow(trial, table.history, job: table.jobs[trial.record.id])
        guard case .object(var answer) = row.json else { return .null }
        answer["error"] = .text(record.error)
        answer["log_tail"] = .text(record.logTail)
        answer["standard_error"] = .number(table.standardError(trial))
        answer["study"] = .string(table.study.name)
        answer["metric"] = .object(["name": .string(table.study.metric), "goal": .string(table.study.goal.rawValue)])
        answer["milestone"] = .integer(record.milestone)
        answer["halvings"] = .integer(record.halvings)
        answer["test"] = record.testMetrics.map { .object($0.mapValues(SettingValue.double)) } ?? .null
        answer["curves"] = curves
        answer["details"] = .object((trial.reports.last?.details ?? [:]).mapValues(SettingValue.string))
        answer["confusion"] = ConfusionAnswer.json(of: trial, in: folder)
        answer["events"] = .array(events.map(Self.json))
        answer["notes"] = SteeringAnswer.json(requests.notes[record.id])
        answer["tags"] = SteeringAnswer.json(requests.tags[record.id])
        answer["commands"] = .array(commands.map { .object(["what": .string($0.0), "command": .string($0.1)]) })
        answer["adapter"] = .text(folder.keptAdapter(of: record.id))
        answer["has_log"] = .bool(folder.keptLog(of: record.id) != nil)
        return .object(answer)
    }

    /// Each figure against report, step and time; columns, as a row an object would repeat the names.
    private var curves: SettingValue {
        let every = max(1, (trial.reports.count + Self.mostReports - 1) / Self.mostReports)
        let places = trial.reports.indices.filter { $0 % every == 0 || $0 == trial.reports.count - 1 }
        let reports = places.map { trial.reports[$0] }
        let names = Set(reports.flatMap(\.metrics.keys)).sorted()
        return .object([
            "report": .array(reports.map { .int($0.iter) }),
            "step": .array(reports.map { .integer($0.step) }),
            "at": .array(places.map { trial.reportedAt.indices.contains($0) ? .double(trial.reportedAt[$0]) : .null }),
            "value": .array(reports.map { .double($0.value) }),
            "metrics": .object(
                Dictionary(names.map { name in (name, SettingValue.array(reports.map { .number($0.metrics[name]) })) }) { $1 }),
            "left_out": .int(trial.reports.count - reports.count),
        ])
    }

    private static func json(_ timed: TimedEvent) -> SettingValue {
        .object(["at": .double(timed.at), "what": .string(timed.event.words)])
    }

    /// What repeats the trial, exports it, and shows more of it.
    private var commands: [(String, String)] {
        let (name, number) = (table.study.name.shellWord, record.number)
        var commands = [("Follow its log", "autolora log \(name) \(number) --follow\(studiesOption)")]
        if !trial.reports.isEmpty {
            let train = isBuiltIn ? " && autolora train trial-\(number).json --output trial-\(number)" : ""
            commands.append(
                (
                    isBuiltIn ? "Repeat it by hand" : "Export its configuration",
                    "autolora export \(name) --trial \(number) --format json --output trial-\(number).json\(studiesOption)"
                        + train
                ))
        }
        if folder.keptAdapter(of: record.id) != nil {
            commands.append(
                (
                    "Export its adapter for PEFT",
                    "autolora export \(name) --trial \(number) --format peft --output adapter-\(number)\(studiesOption)"
                ))
        }
        return commands
    }
}

extension RecordedEvent {
    /// What happened, in words.
    var words: String {
        switch self {
        case .began: "a run of the study began"
        case .added(_, let milestone): "proposed and launched" + Self.words(milestone)
        case .launched(_, let milestone): "launched again" + Self.words(milestone)
        case .takenUp: "taken up by another controller: its job had gone on"
        case .reported(_, let iter): "report \(iter)"
        case .settled(_, let state): "the launch ended: \(state.rawValue)"
        case .halved(_, let times): "goes on with its batch halved (\(times) in all)"
        case .ranOutOfMemory: "needs more memory than there is"
        case .exhausted: "no new configuration was left"
        case .answered(let request): "request \(request) was answered"
        }
    }

    private static func words(_ milestone: Int?) -> String { milestone.map { ", to be weighed after report \($0)" } ?? "" }
}
