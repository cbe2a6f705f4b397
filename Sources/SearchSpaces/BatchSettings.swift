import TrainerSettings

/// The two settings of a trainer that make one optimizer step of several batches: half the batch with twice the accumulation is the
/// same configuration in less memory.
package struct BatchSettings: Sendable, Hashable {
    /// Rows that a device takes at once, and how many such batches a step has.
    package let batch: String
    package let accumulation: String
    /// Where nothing gives it; accumulation is 1 then.
    package let defaultBatch: Int?
    /// Whether a checkpoint that was made with another batch is as good.
    package let keepsCheckpoints: Bool

    package init(
        batch: String = "batch_size", accumulation: String = "gradient_accumulation_steps", defaultBatch: Int? = nil,
        keepsCheckpoints: Bool = false
    ) {
        (self.batch, self.accumulation) = (batch, accumulation)
        (self.defaultBatch, self.keepsCheckpoints) = (defaultBatch, keepsCheckpoints)
    }

    /// What a configuration has; nil: no whole numbers.
    package func sizes(_ assignment: Assignment, in study: StudySpecification) -> (batch: Int, accumulation: Int)? {
        func number(_ name: String, _ usual: Int?) -> Int? {
            let value = assignment[name] ?? study.trainer.settings[name]
            return value.map { $0.number.flatMap { Int(exactly: $0) } } ?? usual
        }
        guard let batch = number(batch, defaultBatch), let accumulation = number(accumulation, 1) else { return nil }
        return batch > 0 && accumulation > 0 ? (batch, accumulation) : nil
    }

    /// How often a configuration's batch can be halved and stay the same one: an odd batch has no half.
    package func halvings(_ assignment: Assignment, in study: StudySpecification) -> Int {
        sizes(assignment, in: study).map { $0.batch.trailingZeroBitCount } ?? 0
    }

    /// Takes half the batch with twice the accumulation, so many times, wherever the two are given.
    package func halve(_ times: Int, _ assignment: inout Assignment, in study: inout StudySpecification) {
        guard times > 0, times < Int.bitWidth - 1, let sizes = sizes(assignment, in: study) else { return }
        let (accumulation, overflow) = sizes.accumulation.multipliedReportingOverflow(by: 1 << times)
        guard !overflow else { return }
        for (name, number) in [(batch, max(sizes.batch >> times, 1)), (self.accumulation, accumulation)] {
            if let own = assignment[name] {
                assignment[name] = .same(own, number)
            } else {
                study.trainer.settings[name] = .same(study.trainer.settings[name], number)
            }
        }
    }
}

extension SettingValue {
    /// A number in another one's form.
    fileprivate static func same(_ other: SettingValue?, _ number: Int) -> SettingValue {
        if case .double? = other { .double(Double(number)) } else { .int(number) }
    }
}

/// What becomes of a trial that ran out of memory.
package enum OutOfMemoryPolicy: String, Sendable, Hashable, CaseIterable {
    /// It cannot be run here, and counts as neither bad nor failed.
    case infeasible
    /// It is run again with half the batch and twice the accumulation, as often as that can be done.
    case halveBatch = "halve_batch"
}
