package import Tasks
package import TrainerSettings

/// All that an evaluation tells of an adapter, for people and for programs.
package struct EvaluationReport: Sendable, Hashable {
    package let evaluation: AdapterEvaluation
    /// nil: it does not classify.
    package let classification: ClassificationReport?
    /// The most memory that this process has had, in bytes.
    package let peakMemory: Int

    package init(_ evaluation: AdapterEvaluation) {
        self.evaluation = evaluation
        classification =
            evaluation.labels.isEmpty
            ? nil
            : ClassificationReport(logits: evaluation.outputs, classes: evaluation.classes, labels: evaluation.labels)
        peakMemory = peakMemoryBytes()
    }

    /// Latencies in milliseconds at which so many of a hundred texts are done; none where nothing was timed.
    package var latencies: [(percent: Int, milliseconds: Double)] {
        let sorted = evaluation.latencies.sorted()
        guard !sorted.isEmpty else { return [] }
        return [50, 90, 99].map { ($0, 1000 * sorted[min(sorted.count - 1, sorted.count * $0 / 100)]) }
    }

    /// The metrics as ``AdapterEvaluation/line`` has them, and behind them the rest.
    package var json: [(key: String, value: SettingValue)] {
        var entries = evaluation.entries
        if let classification {
            entries.append(("calibration_error", .double(classification.calibration.error)))
            entries.append(
                (
                    "classes",
                    .array(
                        classification.classes.map {
                            .object([
                                "label": .string($0.label), "precision": .double($0.precision), "recall": .double($0.recall),
                                "f1": .double($0.f1), "support": .int($0.support),
                            ])
                        })
                ))
            let numbers = classification.labels.indices
            entries.append(
                (
                    "confusion",
                    .array(
                        numbers.map { label in
                            .array(numbers.map { .int(classification.confusion.count(label, predicted: $0)) })
                        })
                ))
        }
        if !latencies.isEmpty {
            let values = latencies.map { ("p\($0.percent)", SettingValue.double($0.milliseconds)) }
            entries.append(("latency_ms", .object(Dictionary(values) { first, _ in first })))
        }
        entries.append(("peak_memory_bytes", .int(peakMemory)))
        return entries
    }

    /// For people: the metrics, a table of the classes, the confusion matrix.
    package var lines: [String] {
        var lines = evaluation.metrics.map { metric in
            let error = metric.standardError.map { " ± \(SettingValue.short($0))" } ?? ""
            return "\(metric.name.dropFirst("eval_".count)): \(SettingValue.short(metric.value))\(error)"
        }
        if let classification {
            lines.append("calibration error (ECE, 15 bins): \(SettingValue.short(classification.calibration.error))")
            lines += [""] + Self.table(classification) + [""] + Self.matrix(classification)
            lines.append("")
        }
        if !latencies.isEmpty {
            lines.append("\(evaluation.latencies.count) texts, one at a time:")
            lines += latencies.map { "  p\($0.percent): \(SettingValue.short($0.milliseconds)) ms" }
        }
        lines.append("peak memory: \(SettingValue.short(Double(peakMemory) / 1_048_576)) MiB")
        return lines
    }

    private static func table(_ report: ClassificationReport) -> [String] {
        aligned(
            [["class", "precision", "recall", "f1", "rows"]]
                + report.classes.map {
                    [$0.label.oneLine] + [$0.precision, $0.recall, $0.f1].map(SettingValue.short) + [String($0.support)]
                })
    }

    private static func matrix(_ report: ClassificationReport) -> [String] {
        let numbers = report.labels.indices
        return aligned(
            [["is \\ was taken for"] + report.labels.map(\.oneLine)]
                + numbers.map { label in
                    [report.labels[label].oneLine] + numbers.map { String(report.confusion.count(label, predicted: $0)) }
                })
    }

    /// Columns of one width each, the first to the left, the others to the right.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }
    }
}
