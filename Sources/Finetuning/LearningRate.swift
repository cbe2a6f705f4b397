import Glibc
import TrainerSettings

/// A learning rate over the steps of a run, as transformers' `get_scheduler` has it.
struct LearningRate: Sendable, Hashable {
    let peak: Double
    let schedule: TrainerSettings.LearningRateSchedule
    let shape: TrainerSettings.ScheduleShape
    let totalSteps: Int
    let warmupSteps: Int

    init(_ settings: TrainerSettings, totalSteps: Int) {
        (peak, schedule, shape) = (settings.learningRate, settings.scheduler, settings.shape)
        self.totalSteps = totalSteps
        warmupSteps = settings.warmupSteps(of: totalSteps)
    }

    /// The rate of a step counted from 0; the first step of a warm-up has rate 0.
    func callAsFunction(step: Int) -> Double {
        if schedule == .constant { return peak }
        if step < warmupSteps {
            let rise = Double(step) / Double(max(1, warmupSteps))
            return peak * (schedule == .warmupStableDecay ? lifted(rise) : rise)
        }
        return peak * factor(step)
    }

    /// Of a step after the warm-up.
    private func factor(_ step: Int) -> Double {
        let rest = Double(max(1, totalSteps - warmupSteps))
        let progress = Double(step - warmupSteps) / rest
        switch schedule {
        case .linear: return max(0, Double(totalSteps - step) / rest)
        case .cosine: return max(0, wave(progress))
        case .cosineWithMinimum: return max(0, lifted(wave(progress)))
        case .cosineWithRestarts:
            guard progress < 1 else { return 0 }
            return max(0, 0.5 * (1 + cos(.pi * ((shape.cycles ?? 1) * progress).truncatingRemainder(dividingBy: 1))))
        case .polynomial:
            let end = shape.end ?? TrainerSettings.defaultEnd
            guard step < totalSteps else { return end / peak }
            return ((peak - end) * pow(1 - progress, shape.power ?? 1) + end) / peak
        case .inverseSquareRoot:
            let scale = Double(shape.timescale ?? (warmupSteps > 0 ? warmupSteps : 10_000))
            return 1 / ((Double(step - warmupSteps) + scale) / scale).squareRoot()
        case .warmupStableDecay: return fall(step)
        case .constant, .constantWithWarmup: return 1
        }
    }

    /// Half a wave down from 1 to 0, where nothing else is asked for.
    private func wave(_ progress: Double) -> Double { 0.5 * (1 + cos(.pi * (shape.cycles ?? 0.5) * 2 * progress)) }

    /// Between the lowest rate, which may be given, and the highest.
    private func lifted(_ factor: Double) -> Double {
        let least = shape.minimum ?? 0
        return factor * (1 - least) + least
    }

    /// The last steps of `warmup_stable_decay`, and those before them.
    private func fall(_ step: Int) -> Double {
        let steps = shape.decaySteps ?? 0
        let start = totalSteps - steps
        guard step >= start else { return 1 }
        guard step < totalSteps else { return shape.minimum ?? 0 }
        let progress = Double(step - start) / Double(max(1, steps))
        switch shape.decay ?? .cosine {
        case .linear: return max(0, lifted(1 - progress))
        case .cosine: return max(0, lifted(0.5 * (1 + cos(.pi * progress))))
        case .squareRoot: return max(0, lifted(1 - progress.squareRoot()))
        }
    }
}
