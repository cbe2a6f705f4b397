import Glibc
import TrainerSettings

/// A learning rate over the steps of a run, as transformers' `get_scheduler` has it.
struct LearningRate: Sendable, Hashable {
    let peak: Double
    let schedule: TrainerSettings.LearningRateSchedule
    let totalSteps: Int
    /// ceil(ratio * total), as TrainingArguments turns warmup_ratio into steps.
    let warmupSteps: Int

    init(peak: Double, schedule: TrainerSettings.LearningRateSchedule, warmupRatio: Double, totalSteps: Int) {
        self.peak = peak
        self.schedule = schedule
        self.totalSteps = totalSteps
        warmupSteps = Int((warmupRatio * Double(totalSteps)).rounded(.up))
    }

    /// The rate of a step counted from 0; the first step of a warm-up has rate 0.
    func callAsFunction(step: Int) -> Double {
        if schedule == .constant { return peak }
        if step < warmupSteps { return peak * (Double(step) / Double(max(1, warmupSteps))) }
        let rest = Double(max(1, totalSteps - warmupSteps))
        switch schedule {
        case .linear: return peak * max(0, Double(totalSteps - step) / rest)
        case .cosine: return peak * max(0, 0.5 * (1 + cos(.pi * (Double(step - warmupSteps) / rest))))
        case .constant, .constantWithWarmup: return peak
        }
    }
}
