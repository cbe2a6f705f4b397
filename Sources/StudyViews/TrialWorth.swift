import Studies
package import StudyStore
import TrainerSettings

/// What is known of how good a trial is, in sentences: it goes where people look, and no program reads it.
package struct TrialWorth {
    private let best: BestTrial
    private let study: StudyRecord

    package init(_ best: BestTrial, _ study: StudyRecord) { (self.best, self.study) = (best, study) }

    /// A sentence each.
    package var sentences: [String] {
        let step = best.report.step.map { " at step \($0)" } ?? ""
        let value = "\(study.metric) \(Measured.text(best.report.value, best.standardError))\(step)"
        var sentences = ["Trial \(best.trial.id) of the study \(study.name): \(value).".printable]
        // Once it is confirmed that tells more.
        let noise = best.confirmed == nil ? best.noise : nil
        if let noise { sentences.append("Chosen as \(noise.choice).") }
        if let warning = noise?.warning(study.name) {
            sentences.append(warning.prefix(1).uppercased() + warning.dropFirst() + ".")
        }
        if let confirmed = best.confirmed?.line {
            sentences.append("Confirmed with further seeds: \(confirmed).")
        } else if let confirmation = best.confirmation {
            sentences.append("Not confirmed: \(confirmation.standing()).")
        }
        if let test = best.test {
            let figures = Measured.figures(test).map { "\($0.name) \($0.text)" }.joined(separator: ", ")
            sentences.append("On the test split, which no trial has seen: \(figures).".printable)
        }
        if let note = best.trial.unfinished { sentences.append("The trial \(note).") }
        if sentences.contains(where: { $0.contains(" ± ") }) {
            sentences.append(
                "± is one standard error: what the number of rows alone leaves open. Another seed moves a value too.")
        }
        return sentences
    }

    /// At the head of a file whose comments begin with #.
    package var comment: String { sentences.map { "# \($0)\n" }.joined() }

    /// The last section of a README.
    package var section: String { "\n## What it is worth\n\n" + sentences.map { "- \($0)\n" }.joined() }
}
