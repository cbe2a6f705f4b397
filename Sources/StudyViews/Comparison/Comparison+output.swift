import SearchSpaces
package import TrainerSettings

extension Comparison {
    /// A line of the table: what it is called, and how a number of it is shown.
    private struct Row {
        let title: String
        let a: Double?
        let b: Double?
        var show: (Double) -> String = SettingValue.short

        var cells: [String] {
            let difference = a.flatMap { a in b.map { $0 - a } }
            // The least number is shown without its sign's help.
            let sign = difference.map { $0 > 0 ? "+" : $0 < 0 ? "-" : "" } ?? ""
            return [title, a.map(show) ?? "-", b.map(show) ?? "-", difference.map { sign + show(abs($0)) } ?? ""]
        }
    }

    private static func bytes(_ value: Double) -> String {
        Int(exactly: value.rounded()).map { ByteCount(bytes: $0).rounded } ?? "-"
    }

    private var rows: [Row] {
        let costs = ["trainable_parameters", "peak_memory_bytes", "tokens_per_second", "samples_per_second", "train_seconds"]
        let names = Set(a.metrics.keys).union(b.metrics.keys).subtracting(costs)
        let own = Set([a.metric?.name, b.metric?.name].compactMap(\.self)).sorted()
        let ordered = own.filter(names.contains) + names.subtracting(own).sorted()
        var rows = ordered.map { Row(title: $0, a: a.metrics[$0], b: b.metrics[$0]) }
        for name in costs where a.metrics[name] != nil || b.metrics[name] != nil {
            let show: (Double) -> String = name.hasSuffix("_bytes") ? { Self.bytes($0) } : { SettingValue.short($0) }
            rows.append(Row(title: name, a: a.metrics[name], b: b.metrics[name], show: show))
        }
        if a.seconds != nil || b.seconds != nil {
            rows.append(Row(title: "seconds", a: a.seconds, b: b.seconds))
        }
        if a.bytes != nil || b.bytes != nil {
            rows.append(
                Row(title: "adapter's size", a: a.bytes.map { Double($0) }, b: b.bytes.map { Double($0) }, show: Self.bytes))
        }
        return rows
    }

    private var parameterNames: [String] { Set(a.parameters.keys).union(b.parameters.keys).sorted() }

    /// For people: a line a figure and a parameter, then what it comes to.
    package var text: String {
        let parameters = parameterNames.map { name -> [String] in
            let values = [a, b].map { $0.parameters[name]?.description.printable.shortened(to: 40) ?? "-" }
            return [name.printable.shortened(to: 40)] + values + [a.parameters[name] == b.parameters[name] ? "" : "differs"]
        }
        let table = [["", "A", "B", "B - A"]] + rows.map(\.cells) + parameters
        let widths = (0..<4).map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { cells in
            let line = cells.enumerated().map { $1.padded(widths[$0], left: $0 > 0) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return (["A  \(a.name.printable)", "B  \(b.name.printable)", ""] + lines + [""] + sentences).joined(separator: "\n")
    }

    package var json: SettingValue {
        let differing = parameterNames.filter { a.parameters[$0] != b.parameters[$0] }
        let differences = Dictionary(
            rows.compactMap { row in row.a.flatMap { a in row.b.map { (row.title, SettingValue.double($0 - a)) } } }
        ) { first, _ in first }
        let noise: [String: SettingValue] = [
            "seed_sd": .number((a.seeds ?? b.seeds)?.deviation), "probability_of_seeds": .number(probabilityOfSeeds),
            "probability_of_b": .number(probabilityOfB), "more_than_noise": isMoreThanNoise.map { .bool($0) } ?? .null,
        ]
        return .object([
            "a": a.json, "b": b.json, "difference": .number(difference), "differences": .object(differences),
            "differing_parameters": .array(differing.map(SettingValue.string)), "noise": .object(noise),
            "text": .array(sentences.map(SettingValue.string)),
        ])
    }
}
