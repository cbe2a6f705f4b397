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
            all.findings += try cuts(summary, assignment)
            all.warnings += summary.remarks.filter { !all.warnings.contains($0) }
            data = all
        }
        return data ?? StudyData(head: nil)
    }

    /// What the lengths that can be tried cut away.
    private func cuts(_ summary: DataSummary, _ assignment: Assignment) throws -> [Finding] {
        var limits = [try settings(assignment).maxLength]
        if let distribution = specification.space["max_length"]?.distribution {
            let bounds = [distribution.least, distribution.greatest].compactMap(\.self)
            if !bounds.isEmpty { limits = Set(bounds).sorted() }
        }
        let lengths = try TextLengths(of: summary.sample, model: settings(assignment).model)
        return limits.map { Finding(kind: "texts", text: lengths.cut(at: $0)) }
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
