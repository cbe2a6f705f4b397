import FoundationEssentials
import SearchSpaces
import Studies
import TrainerSettings

/// A table of trials: a column for each parameter and one for the metric; perhaps `state`, and `trial` (or `number`) and `step`, where a
/// trial has several rows.
struct CSVFile: ForeignFormat {
    let name = "a CSV file"

    func matches(start: [UInt8], path: String) -> Bool {
        if [".csv", ".tsv"].contains(where: path.lowercased().hasSuffix) { return true }
        let header = start.prefix { $0 != 0x0A && $0 != 0x0D }
        return header.allSatisfy { $0 >= 0x20 || $0 == 0x09 }
            && header.contains { [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].contains($0) }
    }

    /// Columns that other programs write of a run, and that are no parameters of it.
    private static let bookkeeping: Set = [
        "state", "trial", "number", "step", "value", "name", "notes", "user", "tags", "created", "runtime", "sweep", "id",
        "iter",
        "datetime_start", "datetime_complete", "duration", "launches", "seconds", "error", "started_at", "ended_at", "epoch",
        "study", "status", "run",
    ]

    func read(_ path: String, _ request: ImportRequest) throws(ImportError) -> ForeignStudy {
        let table = try CSVTable(path: path)
        guard let metric = request.metric else {
            throw ImportError(path, "say which column is the metric; it has \(table.columns.joined(separator: ", "))")
        }
        let place = try column(metric, "metric", in: table, path)
        let parameters = try parameters(request, table, besides: place, path)
        func find(_ names: [String]) -> Int? { table.columns.firstIndex { names.contains($0.lowercased()) } }
        let (state, step, number) = (find(["state", "status"]), find(["step"]), find(["trial", "number"]))
        var (trials, byNumber, leftOut): ([ForeignTrial], [String: Int], Int) = ([], [:], 0)
        for (index, row) in table.rows.enumerated() {
            let outcome = state.map { Outcome(row.cells[$0]) } ?? .complete
            guard outcome != .leftOut, let value = Self.number(row.cells[place]) else {
                leftOut += 1
                continue
            }
            let report = ForeignTrial.Evaluation(
                step: step.flatMap { Self.number(row.cells[$0]) }.flatMap(Int.init(exactly:)), value: value)
            let values = Dictionary(
                parameters.compactMap { name, column in Self.value(row.cells[column]).map { (name, $0) } }
            ) { first, _ in first }
            if step != nil, let number, let known = byNumber[row.cells[number]], trials[known].values == values {
                trials[known].reports.append(report)
                continue
            }
            if let number { byNumber[row.cells[number]] = trials.count }
            trials.append(
                ForeignTrial(
                    number: number.flatMap { Self.number(row.cells[$0]) }.flatMap(Int.init(exactly:)) ?? index,
                    isPruned: outcome == .pruned, values: values, reports: [report]))
        }
        return ForeignStudy(metric: metric, trials: trials, leftOut: leftOut)
    }

    private enum Outcome {
        case complete, pruned, leftOut

        /// As Optuna, W&B, Ray and we call it.
        init(_ word: String) {
            switch CSVTable.trimmed(word).lowercased() {
            case "", "complete", "completed", "finished", "done", "terminated", "success": self = .complete
            case "pruned", "stopped", "killed": self = .pruned
            default: self = .leftOut
            }
        }
    }

    private func column(_ name: String, _ what: String, in table: CSVTable, _ path: String) throws(ImportError) -> Int {
        guard let index = table.columns.firstIndex(of: name) else {
            throw ImportError(
                path,
                "has no column '\(name)' for the \(what); it has \(table.columns.joined(separator: ", "))"
                    + nearestHint(to: name, among: table.columns))
        }
        return index
    }

    /// Names and places. Optuna's tables have `params_` before each; where that is so, they are all.
    private func parameters(
        _ request: ImportRequest, _ table: CSVTable, besides metric: Int, _ path: String
    ) throws(ImportError) -> [(String, Int)] {
        let prefixed = table.columns.contains { $0.hasPrefix("params_") }
        let all = table.columns.enumerated().compactMap { index, column -> (String, Int)? in
            if prefixed { return column.hasPrefix("params_") ? (String(column.dropFirst("params_".count)), index) : nil }
            return index == metric || column.isEmpty || Self.bookkeeping.contains(column.lowercased()) ? nil : (column, index)
        }
        guard let wanted = request.parameters else { return all }
        return all.filter { wanted.contains($0.0) }
    }

    private static func number(_ cell: String) -> Double? {
        let text = CSVTable.trimmed(cell)
        return Double(text).flatMap { $0.isNaN ? nil : $0 }
    }

    /// nil: the cell is empty, the parameter was not there.
    private static func value(_ cell: String) -> SettingValue? {
        let text = CSVTable.trimmed(cell)
        switch text {
        case "": return nil
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case "None", "null": return .null
        default: break
        }
        if let number = Int(text) { return .int(number) }
        if let number = Double(text), number.isFinite { return .double(number) }
        // Lists and objects as JSON, or as Python writes a list of texts.
        if let first = text.first, "[{".contains(first) {
            for candidate in [text, text.replacing("'", with: "\"")] {
                if let value = try? JSONInput.decode(SettingValue.self, from: Data(candidate.utf8), of: "") { return value }
            }
        }
        return .string(text)
    }
}
