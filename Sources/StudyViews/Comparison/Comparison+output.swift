import SearchSpaces
package import TrainerSettings

extension Comparison {
    /// A line of the table: what it is called, and how a number of it is shown.
    private struct Row {
        let name: String
        let a: Double?
        let b: Double?
        var show: (Double) -> String = SettingValue.short
        /// In place of the name.
        var title: String?

        var cells: [String] {
            let difference = a.flatMap { a in b.map { $0 - a } }
            // The least number is shown without its sign's help.
            let sign = difference.map { $0 > 0 ? "+" : $0 < 0 ? "-" : "" } ?? ""
            return [title ?? name, a.map(show) ?? "-", b.map(show) ?? "-", difference.map { sign + show(abs($0)) } ?? ""]
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
        let searched = Set(a.parameters.keys).union(b.parameters.keys)
        var rows = ordered.map { name in
            // A schedule's rate is a figure as well.
            Row(
                name: name, a: a.metrics[name], b: b.metrics[name],
                title: searched.contains(name) ? "\(name) when reported" : nil)
        }
        if a.step != nil || b.step != nil {
            rows.append(Row(name: "step", a: a.step.map { Double($0) }, b: b.step.map { Double($0) }))
        }
        for name in costs where a.metrics[name] != nil || b.metrics[name] != nil {
            let show: (Double) -> String = name.hasSuffix("_bytes") ? { Self.bytes($0) } : { SettingValue.short($0) }
            rows.append(Row(name: name, a: a.metrics[name], b: b.metrics[name], show: show))
        }
        if a.seconds != nil || b.seconds != nil {
            rows.append(Row(name: "seconds", a: a.seconds, b: b.seconds))
        }
        if a.bytes != nil || b.bytes != nil {
            rows.append(
                Row(name: "adapter's size", a: a.bytes.map { Double($0) }, b: b.bytes.map { Double($0) }, show: Self.bytes))
        }
        return rows
    }

    /// For people: a line a figure and a parameter, then what it comes to.
    package var text: String {
        let parameters = settings.map { setting -> [String] in
            let values = [setting.a, setting.b].map { $0?.printable.shortened(to: 40) ?? "-" }
            return [setting.name.printable.shortened(to: 40)] + values + [setting.differs ? "differs" : ""]
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
        let differing = settings.filter(\.differs)
        func names(_ isWanted: (Setting.Kind) -> Bool) -> SettingValue {
            .array(differing.filter { isWanted($0.kind) }.map { .string($0.name) })
        }
        let differences = Dictionary(
            rows.compactMap { row in row.a.flatMap { a in row.b.map { (row.name, SettingValue.double($0 - a)) } } }
        ) { first, _ in first }
        let noise: [String: SettingValue] = [
            "seed_sd": .number((a.seeds ?? b.seeds)?.deviation), "probability_of_seeds": .number(probabilityOfSeeds),
            "probability_of_b": .number(probabilityOfB), "more_than_noise": isMoreThanNoise.map { .bool($0) } ?? .null,
        ]
        return .object([
            "a": a.json, "b": b.json, "difference": .number(difference), "differences": .object(differences),
            "differing_parameters": names { $0 == .searched }, "differing_settings": names { $0 == .fixed || $0 == .model },
            "differing_data": names { $0 == .data }, "noise": .object(noise),
            "text": .array(sentences.map(SettingValue.string)),
        ])
    }
}
