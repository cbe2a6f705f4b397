import Finetuning
import SearchSpaces
import Tasks
import TrainerSettings
import Trainers

extension LoRAPreflight {
    /// What a study's data come to.
    struct StudyData {
        /// What the task puts on the model; nil: no data are read.
        let head: (any TaskHead)?
        var findings: [Finding] = []
        var warnings: [String] = []
    }

    /// Reads the data as a trial would, those of every choice.
    ///
    /// - Throws: `InputError` naming file and line; `TrainerSettingsError`.
    func data() throws -> StudyData {
        var seen: Set<[DataSource?]> = []
        var data: StudyData?
        for assignment in choices(of: DataPart.allCases.map(\.rawValue)) {
            let settings = try settings(assignment)
            guard seen.insert(DataPart.allCases.map(settings.source)).inserted else { continue }
            let summary = try TrainingTasks.task(settings.task).summary(settings)
            var all = data ?? StudyData(head: summary.head)
            all.findings += summary.lines.map { Finding(kind: $0.name, text: $0.text) }
            let limits = try lengths(assignment)
            let texts = try TextLengths(of: summary.sample, model: settings.model)
            all.findings += limits.map { Finding(kind: "texts", text: texts.cut(at: $0)) }
            let losses = try limits.compactMap { try summary.loss(at: $0, in: settings.train) }
            all.warnings += (summary.remarks + losses).filter { !all.warnings.contains($0) }
            try checkLosses(on: summary.head)
            data = all
        }
        return data ?? StudyData(head: nil)
    }

    /// Refuses weights, of every choice, that are not of the labels that these data have.
    private func checkLosses(on head: any TaskHead) throws {
        for assignment in choices(of: ["class_weights"]) {
            let settings = try settings(assignment)
            do throws(InputError) { try TrainingTasks.task(settings.task).checkLoss(settings, on: head) } catch {
                throw refusal(of: "class_weights", in: assignment, "\(error.place): \(error.problem)")
            }
        }
    }

    /// The lengths that can be tried, or their ends.
    func lengths(_ assignment: Assignment) throws -> [Int] {
        let parameter = specification.space["max_length"]
        var lengths = Set(parameter.map { [$0.distribution.least, $0.distribution.greatest].compactMap(\.self) } ?? [])
        // Where it is searched under a condition, the other trials take the fixed one.
        if lengths.isEmpty || parameter?.conditions.isEmpty == false {
            var other = assignment
            other["max_length"] = nil
            lengths.insert(try settings(other).maxLength)
        }
        return lengths.sorted()
    }
}

extension Distribution {
    /// The least whole number among the values; nil where there is none.
    var least: Int? {
        switch self {
        case .constant(let value): value.integer
        case .categorical(let values, _): values.compactMap(\.integer).min()
        default: bounds.flatMap { Int(exactly: $0.lowerBound.rounded(.up)) }
        }
    }
}
