import Finetuning
import Foundation
import TrainerSettings

/// One line on standard error, rewritten as training goes on; for a terminal.
final class ProgressLine {
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var shown: ContinuousClock.Instant?
    private var firstStep: Int?

    init() { begin = clock.now }

    func show(_ progress: TrainingProgress) {
        let first = firstStep ?? progress.step
        firstStep = first
        show(
            Self.text(progress, firstStep: first, elapsed: (clock.now - begin) / .seconds(1)),
            isLast: progress.step >= progress.totalSteps)
    }

    /// - Parameter isLast: whether it is shown whenever it comes.
    func show(_ text: String, isLast: Bool = false) {
        let now = clock.now
        if let shown, now - shown < .milliseconds(200), !isLast { return }
        shown = now
        write("\r" + text + "\u{1B}[K")
    }

    func clear() {
        guard shown != nil else { return }
        write("\r\u{1B}[K")
        shown = nil
    }

    /// Short enough for a terminal of 60 columns.
    static func text(_ progress: TrainingProgress, firstStep: Int, elapsed: Double) -> String {
        var text = "step \(progress.step)/\(progress.totalSteps)  loss \(SettingValue.short(Double(progress.loss)))"
        let made = progress.step - firstStep
        if made > 0 {
            let left = elapsed / Double(made) * Double(progress.totalSteps - progress.step)
            text += "  \(Int(left.rounded(.up))) s left"
        }
        return text
    }

    private func write(_ text: String) { Console.draw(text) }
}
