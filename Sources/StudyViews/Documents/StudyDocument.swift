import Confirmations
import SearchSpaces
import Studies
package import StudyStore
import TrainerSettings

/// A study to mail or keep: what was searched and on what, the winner and what it is worth, the plots, the trials, how to repeat it.
package struct StudyDocument {
    private let source: PlotSource
    private let status: StudyStatus
    private let table: TrialTable
    private let best: Result<BestTrial, any Error>
    private let folder: StudyFolder
    private let facts: Facts

    /// What others know of the study.
    package struct Facts: Sendable {
        /// The study as it was understood (`SpaceDescription`); nil: its space file cannot be read.
        package var description: String?
        package var data: [DataFact] = []
        /// Labels and texts: the program's version, the machine, the date.
        package var versions: [(String, String)] = []
        /// The study's name and options, as a command takes them.
        package var name = ""

        package init() {}
    }

    /// - Parameter now: seconds since 1970.
    package init(_ store: StudyStore, _ source: PlotSource, _ facts: Facts, now: Double) throws {
        (self.source, self.facts, folder) = (source, facts, store.folder)
        status = try StudyStatus(store, now: now)
        table = try TrialTable(store)
        best = Result { try BestTrial(store) }
    }

    private var study: StudyRecord { source.study }

    package var document: Document {
        Document(
            title: "Study \(study.name)",
            sections: [summary, winner, search, data, plots, trials, repetition].compactMap(\.self))
    }

    private var summary: Document.Section {
        let counts = Trial.State.allCases.filter { status.count($0) > 0 }.map { "\(status.count($0)) \($0.rawValue)" }
        let metrics = source.metrics.map { "\($0.goal.rawValue) \($0.name)" }.joined(separator: ", ")
        var lines = [
            "State: \(status.state.rawValue)", "Goal: \(metrics)",
            "Trials: \(status.trials) of \(study.runCap)" + (counts.isEmpty ? "" : ", " + counts.joined(separator: ", ")),
            "Reports: \(status.reports)", "Time worked: \(TimeSpan.text(seconds: status.seconds))",
        ]
        if case .success(let best) = best {
            lines.append(
                "Best: \(study.metric) \(Measured.text(best.report.value, best.standardError)) by trial \(best.trial.id)")
        }
        return Document.Section("In short", [.list(lines)])
    }

    private var winner: Document.Section {
        guard case .success(let best) = best else {
            var reason = "There is none."
            if case .failure(let error) = self.best { reason = "\(error)." }
            return Document.Section("The winner", [.paragraph(reason)])
        }
        var blocks: [Document.Block] = [.list(TrialWorth(best, study).sentences)]
        blocks.append(
            .table(
                PlotTable(
                    columns: ["parameter", "value"],
                    rows: best.trial.assignment.values.sorted { $0.key < $1.key }.map { [$0.key, $0.value.description] })))
        if let confirmation = best.confirmation { blocks.append(.code(confirmation.text(facts.name))) }
        if let front = best.front {
            blocks.append(.paragraph("The trials that none beats in all metrics:"))
            blocks.append(
                .table(
                    PlotTable(
                        columns: ["trial"] + front.metrics.map(\.name) + ["parameters"],
                        rows: front.members.map { trial, report in
                            ["\(trial.id)"] + source.history.values(of: report).map(SettingValue.short) + [
                                trial.assignment.summary
                            ]
                        })))
        }
        return Document.Section("The winner, and what it is worth", blocks)
    }

    private var search: Document.Section {
        guard let description = facts.description else {
            return Document.Section(
                "What was searched",
                [
                    .paragraph("The space file cannot be read any more; these parameters have been tried:"),
                    .list(source.space.parameters.map(\.name)),
                ])
        }
        return Document.Section("What was searched", [.code(description)])
    }

    private var data: Document.Section? {
        guard !facts.data.isEmpty else { return nil }
        return Document.Section(
            "The data",
            [
                .paragraph("As the files are now; a checksum tells whether they are the same elsewhere."),
                .table(
                    PlotTable(
                        columns: ["part", "file", "contents", "SHA-256"],
                        rows: facts.data.map { [$0.part, $0.path, $0.contents, $0.digest ?? $0.problem ?? ""] })),
            ])
    }

    private var plots: Document.Section {
        let all = PlotKinds.all.compactMap { try? PlotKinds.plot($0, of: source) }
        let (drawn, empty) = (all.filter { !$0.panels.isEmpty }, all.filter(\.panels.isEmpty))
        var blocks = drawn.map(Document.Block.plot)
        if !empty.isEmpty { blocks.append(.list(empty.map { "\($0.kind): \($0.notes.joined(separator: "; "))" })) }
        return Document.Section("Plots", blocks)
    }

    private var trials: Document.Section {
        let rows = table.trials.map { trial -> [String] in
            let value = table.best(trial).map { Measured.text($0.value, table.standardError(trial)) } ?? ""
            return [
                "\(trial.record.number)", trial.trial.standing + (trial.trial.confirms ? ", confirms" : ""), value,
                "\(trial.reports.count)", TimeSpan.text(seconds: trial.record.seconds),
                trial.record.assignment.summary.shortened(to: 400),
                (trial.record.error ?? "").shortened(to: 300),
            ]
        }
        return Document.Section(
            "All trials",
            [
                rows.isEmpty
                    ? .paragraph("There are none yet.")
                    : .table(
                        PlotTable(
                            columns: ["trial", "state", study.metric, "reports", "time", "parameters", "error"], rows: rows))
            ])
    }

    private var repetition: Document.Section {
        var blocks: [Document.Block] = []
        if !study.isImported {
            let commands = [
                "autolora run \(study.spaceFileName.shellWord) --study \((study.name + "-again").shellWord) --seed \(study.seed)"
                    + " --trials \(study.runCap) --workers \(study.workers)"
            ]
            var lines = ["# the whole study, in \(study.folder.printable)"] + commands
            if case .success(let best) = best { lines += TrialRepetition(of: best, in: folder).lines(study: facts.name) }
            blocks.append(.code(lines.joined(separator: "\n")))
            blocks.append(.paragraph("The space file, \(study.spaceFileName):"))
            blocks.append(.code(study.spaceFile))
        } else {
            blocks.append(.paragraph("The study was imported from another program, which has its own ways to repeat it."))
        }
        blocks.append(.list(facts.versions.map { "\($0.0): \($0.1)" }))
        return Document.Section("To repeat it", blocks)
    }
}
