import Finetuning
import SearchSpaces
import TrainerSettings
import Trainers

/// The configurations of a space that take the least and the most memory.
///
/// One parameter after another takes the value by which the plan is least or greatest, until none moves it: what a parameter adds
/// hardly hangs on the others. Of numbers the bounds are tried, of choices each, and where they are many the first and the last.
struct MemoryExtremes {
    private let memory: StudyMemory
    private let study: StudySpecification

    /// Of one parameter.
    private static let mostValues = 24
    private static let mostRounds = 4

    init(_ memory: StudyMemory, _ study: StudySpecification) { (self.memory, self.study) = (memory, study) }

    var smallest: Assignment { climb { $0 < $1 } }
    var largest: Assignment { climb { $0 > $1 } }

    /// Parameters' values that no other value helps to fit: of each the smallest configuration that has it is too large.
    var valuesThatNeverFit: [(name: String, value: SettingValue, plan: MemoryPlan)] {
        let least = chosen(smallest)
        return memory.searched.flatMap { parameter in
            Self.values(parameter).compactMap { value in
                let assignment = assignment(least.merging([parameter.name: value]) { $1 })
                guard assignment[parameter.name] == value, memory.fits(assignment) == false,
                    let plan = memory.plan(of: assignment)
                else { return nil }
                return (parameter.name, value, plan)
            }
        }
    }

    private func climb(_ isBetter: (Int, Int) -> Bool) -> Assignment {
        var best = chosen(assignment([:]))
        var peak = memory.size(of: assignment(best))
        for _ in 0..<Self.mostRounds {
            var hasMoved = false
            for parameter in memory.searched {
                for value in Self.values(parameter) where best[parameter.name] != value {
                    let other = best.merging([parameter.name: value]) { $1 }
                    guard let found = memory.size(of: assignment(other)), peak.map({ isBetter(found, $0) }) ?? true
                    else { continue }
                    (best, peak, hasMoved) = (other, found, true)
                }
            }
            if !hasMoved { break }
        }
        return assignment(best)
    }

    private func chosen(_ assignment: Assignment) -> [String: SettingValue] { assignment.values }

    /// A whole configuration; what is left open is in the middle.
    private func assignment(_ chosen: [String: SettingValue]) -> Assignment {
        study.space.assignment { parameter, _ in chosen[parameter.name] ?? parameter.distribution.value(atQuantile: 0.5) }
    }

    private static func values(_ parameter: Parameter) -> [SettingValue] {
        let distribution = parameter.distribution
        if let count = distribution.count {
            let isShort = count <= mostValues
            return (isShort ? Array(0..<count) : [0, count - 1]).map(distribution.value)
        }
        return (distribution.bounds.map { [$0.lowerBound, $0.upperBound] } ?? []).map { distribution.nearest(to: $0) }
    }
}

extension StudyMemory {
    /// nil where no configuration can be planned.
    var statement: MemoryStatement? {
        let extremes = MemoryExtremes(self, study)
        let (least, most) = (extremes.smallest, extremes.largest)
        guard let small = plan(of: least), let large = plan(of: most) else { return nil }
        let shared = large.shared >= 1_000_000 ? "; \(MemoryPlan.words(large.shared)) of it trials have in common" : ""
        let text =
            small.peak == large.peak
            ? "a trial takes about \(large.text) at its peak\(shared)"
            : "at its peak the smallest configuration takes about \(small.peakText)\(differences(least, most)), the largest about "
                + "\(large.text)\(differences(most, least))\(shared)"
        return MemoryStatement(text: text, warnings: warnings(extremes, large, limit(of: most)))
    }

    /// " with batch_size 32, r 8": where a configuration differs from another.
    private func differences(_ one: Assignment, _ other: Assignment) -> String {
        let names = searched.map(\.name).filter { one[$0] != nil && one[$0] != other[$0] }
        return names.isEmpty ? "" : " with " + names.map { "\($0) \(one[$0] ?? .null)" }.joined(separator: ", ")
    }

    private func warnings(_ extremes: MemoryExtremes, _ large: MemoryPlan, _ limit: MemoryLimit?) -> [String] {
        guard let limit else { return [] }
        if !limit.allows(large) {
            let never = extremes.valuesThatNeverFit.map {
                "\($0.name) \($0.value) never fits: it takes \($0.plan.peakText) at least, and \(limit.words)"
            }
            return never.isEmpty
                ? [
                    "some configurations do not fit, and are not launched: the largest takes \(large.peakText), and \(limit.words)"
                ]
                : never
        }
        let together = large.shared + study.workers * (large.peak - large.shared)
        // Each job has its own.
        guard room == .machine, study.workers > 1, let machine = room.bytes, together > machine else { return [] }
        return [
            "\(study.workers) trials of the largest configuration take \(MemoryPlan.words(together)) at the same time, and this machine has "
                + "\(MemoryPlan.words(machine)); fewer workers or a memory_cap help"
        ]
    }
}
