import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

extension TrialTable {
    /// One line a trial, a column a parameter (RFC 4180).
    package var csv: String {
        let columns = csvColumns
        let rows = trials.map { trial in columns.map { $0.text(trial) } }
        let lines = [columns.map(\.name)] + rows
        return lines.map { $0.map(Self.field).joined(separator: ",") }.joined(separator: "\n") + "\n"
    }

    private typealias CSVColumn = (name: String, text: (RecordedTrial) -> String)

    private var csvColumns: [CSVColumn] {
        let always: [CSVColumn] = [
            ("number", { String($0.record.number) }),
            ("state", { $0.record.state.rawValue }),
            ("value", { best($0).map { "\($0.value)" } ?? "" }),
            ("reports", { String($0.reports.count) }),
            ("seconds", { "\($0.record.seconds)" }),
            ("launches", { String($0.record.launches) }),
        ]
        let last: [CSVColumn] = [
            ("error", { $0.record.error ?? "" }), ("log", { folder.keptLog(of: $0.record.id) ?? "" }),
        ]
        let own = always + purposeColumns + noiseColumns + memoryColumns + constraintColumns + frontColumns + markColumns
        return own + parameterColumns(besides: Set((own + last).map(\.name))) + last
    }

    /// Only where trials confirm others.
    private var purposeColumns: [CSVColumn] {
        guard hasConfirmations else { return [] }
        return [
            ("purpose", { $0.trial.confirms ? "confirm" : "search" }),
            ("confirms", { $0.trial.confirmed.map { "\($0)" } ?? "" }),
        ] + (isSeedSearched ? [] : [("seed", { $0.trial.seed.map { String($0) } ?? "" })])
    }

    /// A confirmation's seed is then the parameter's value, and stands in its column.
    private var isSeedSearched: Bool { trials.contains { $0.record.assignment["seed"] != nil } }

    /// Only where trials tell of their standard errors.
    private var noiseColumns: [CSVColumn] {
        let column: CSVColumn = ("standard_error", { standardError($0).map { "\($0)" } ?? "" })
        return trials.contains { standardError($0) != nil } ? [column] : []
    }

    private var constraintColumns: [CSVColumn] {
        isConstrained ? [("feasible", { String(history.isFeasible(history[$0.record.id])) })] : []
    }

    /// Only where a trial ran out of memory.
    private var memoryColumns: [CSVColumn] {
        trials.contains { $0.record.infeasible != nil } ? [("infeasible", { $0.record.infeasible ?? "" })] : []
    }

    private var frontColumns: [CSVColumn] {
        guard let front else { return [] }
        let onFront = Set(front.numbers)
        let others = history.otherMetrics.map(\.name).map { name -> CSVColumn in
            (name, { trial in best(trial)?.figure(name).map { "\($0)" } ?? "" })
        }
        return [("front", { String(onFront.contains($0.record.number)) })] + others
    }

    /// Only where trials have tags, or notes.
    private var markColumns: [CSVColumn] {
        [("tags", requests.tags, " "), ("notes", requests.notes, "\n")].compactMap { name, marks, separator in
            guard marks.keys.contains(where: { $0 != nil }) else { return nil }
            return (name, { marks[$0.record.id]?.map(\.text).joined(separator: separator) ?? "" })
        }
    }

    /// A parameter that is called like another column has `parameters.` before its name.
    private func parameterColumns(besides taken: Set<String>) -> [CSVColumn] {
        Set(trials.flatMap { $0.record.assignment.values.keys }).sorted().map { name in
            (taken.contains(name) ? "parameters.\(name)" : name, { $0.record.assignment[name]?.exact ?? "" })
        }
    }

    static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension SettingValue {
    /// As ``description``, but with every digit.
    fileprivate var exact: String {
        if case .double(let value) = self { "\(value)" } else { description }
    }
}
