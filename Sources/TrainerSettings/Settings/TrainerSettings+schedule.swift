extension TrainerSettings {
    /// How long the rate rises at first.
    package enum Warmup: Sendable, Hashable {
        /// Of all steps, rounded up.
        case ratio(Double)
        case steps(Int)
    }

    /// Under the names of transformers.
    package enum LearningRateSchedule: String, Sendable, Hashable, CaseIterable {
        case linear, cosine, constant
        case constantWithWarmup = "constant_with_warmup"
        case cosineWithRestarts = "cosine_with_restarts"
        case cosineWithMinimum = "cosine_with_min_lr"
        case polynomial
        case inverseSquareRoot = "inverse_sqrt"
        case warmupStableDecay = "warmup_stable_decay"
    }

    /// What some of the schedules are told besides; nil: as transformers has it.
    package struct ScheduleShape: Sendable, Hashable {
        package var cycles: Double?
        /// The rate at the end.
        package var end: Double?
        package var power: Double?
        /// In steps.
        package var timescale: Int?
        /// The lowest rate, as a share of the highest.
        package var minimum: Double?
        /// The last steps, in which the rate falls.
        package var decaySteps: Int?
        package var decay: Decay?

        package init() {}
    }

    /// How the rate falls in the last steps of `warmup_stable_decay`.
    package enum Decay: String, Sendable, Hashable, CaseIterable {
        case linear, cosine
        case squareRoot = "1-sqrt"
    }

    /// The rate at the end of a polynomial schedule where nothing is given.
    package static let defaultEnd = 1e-7
}

extension TrainerSettings {
    /// The settings that say how the rate rises and falls: what one of them may be hangs on the others.
    package static let scheduleNames = Set(scheduleRows.map(\.name))

    /// The rows of ``table`` that say how the rate rises and falls.
    static let scheduleRows: [TrainerSetting] = [
        TrainerSetting(
            "warmup_ratio", .optimizer, "the share of steps in which the rate rises", allowed: share.allowed,
            (
                { (value, settings) throws(SettingMismatch) in settings.warmup = .ratio(try share.read(value)) },
                { if case .ratio(let ratio) = $0.warmup { .double(ratio) } else { nil } }
            )
        ).alsoCalled("warmup", "warmup_fraction"),
        TrainerSetting(
            "warmup_steps", .optimizer, "the steps in which the rate rises, instead of `warmup_ratio`", allowed: steps.allowed,
            (
                { (value, settings) throws(SettingMismatch) in settings.warmup = .steps(try steps.read(value)) },
                { if case .steps(let steps) = $0.warmup { .int(steps) } else { nil } }
            )
        ).open("`warmup_ratio` counts").alsoCalled("num_warmup_steps").checked(checkWarmup),
        TrainerSetting("lr_scheduler_type", .optimizer, \.scheduler, .word, "how the rate falls")
            .alsoCalled("scheduler", "lr_scheduler", "lr_schedule", "schedule"),
        TrainerSetting(
            "num_cycles", .optimizer, \.shape.cycles, .number(0...1000),
            "waves of a cosine schedule: 0.5 falls once; with restarts how often it begins again at the top"
        ).open("0.5, with restarts 1").alsoCalled("lr_scheduler_kwargs", "num_restarts")
            .forSchedules(.cosine, .cosineWithRestarts, .cosineWithMinimum),
        TrainerSetting(
            "min_lr_rate", .optimizer, \.shape.minimum, share, "the lowest rate, as a share of `learning_rate`"
        ).open("`cosine_with_min_lr` needs it; else 0").alsoCalled("min_lr", "min_lr_ratio", "eta_min", "lr_min")
            .forSchedules(.cosineWithMinimum, .warmupStableDecay, needing: (.cosineWithMinimum, "give a share such as 0.1")),
        TrainerSetting("lr_end", .optimizer, \.shape.end, .number(0...1e3), "the rate at the end of `polynomial`")
            .open("1e-07").alsoCalled("end_lr", "end_learning_rate").checked(checkEnd),
        TrainerSetting("power", .optimizer, \.shape.power, .number(0...100), "of `polynomial`; 1 falls evenly")
            .open("1").forSchedules(.polynomial),
        TrainerSetting(
            "timescale", .optimizer, \.shape.timescale, someSteps,
            "steps after which `inverse_sqrt` has fallen to 0.7 of its top"
        ).open("as many as the rate rises, else 10000").forSchedules(.inverseSquareRoot),
        TrainerSetting(
            "num_decay_steps", .optimizer, \.shape.decaySteps, someSteps,
            "the last steps of `warmup_stable_decay`, in which the rate falls"
        ).open("`warmup_stable_decay` needs it").alsoCalled("decay_steps").checked(checkDecay),
        TrainerSetting(
            "decay_type", .optimizer, \.shape.decay, .word, "how the rate falls in these steps"
        ).open("cosine").alsoCalled("lr_decay_style").forSchedules(.warmupStableDecay),
    ]

    private static let share = SettingKind<Double>.number(0...1)
    private static let steps = SettingKind<Int>.integer(0...1_000_000_000)
    private static let someSteps = SettingKind<Int>.integer(1...1_000_000_000)

    private static func checkWarmup(_: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        if given.isSuperset(of: ["warmup_steps", "warmup_ratio"]) {
            throw TrainerSettingsError(
                setting: "warmup_steps", problem: "given together with warmup_ratio; keep one of the two")
        }
    }

    private static func checkDecay(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        try settings.refuse("num_decay_steps", of: [.warmupStableDecay], given)
        guard settings.scheduler == .warmupStableDecay else { return }
        guard given.contains("num_decay_steps") else {
            throw TrainerSettingsError(
                setting: "num_decay_steps",
                problem:
                    "missing; lr_scheduler_type warmup_stable_decay needs it: give the number of last steps in which the rate falls"
            )
        }
        guard case .steps(let total) = settings.duration, let excess = settings.decayExcess(of: total) else { return }
        throw TrainerSettingsError(setting: "num_decay_steps", problem: excess)
    }

    /// Why a training of so many steps has no room for its rise and its fall; nil: it has.
    package func decayExcess(of total: Int) -> String? {
        guard scheduler == .warmupStableDecay, let decay = shape.decaySteps else { return nil }
        let rise = warmupSteps(of: total)
        guard rise > total - decay else { return nil }
        return
            "\(decay) steps in which the rate falls, after \(rise) in which it rises, are more than the \(total) steps of the training"
    }

    /// Steps in which the rate rises; a share is rounded up, as TrainingArguments does.
    package func warmupSteps(of total: Int) -> Int {
        switch warmup {
        case .ratio(let ratio): Int((ratio * Double(total)).rounded(.up))
        case .steps(let steps): steps
        }
    }

    private static func checkEnd(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        guard settings.scheduler == .polynomial else {
            return try settings.refuse("lr_end", of: [.polynomial], given)
        }
        let end = settings.shape.end ?? defaultEnd
        guard settings.learningRate > end else {
            throw TrainerSettingsError(
                setting: "lr_end",
                problem:
                    "\(SettingValue.short(end)) is where polynomial ends, and has to be below learning_rate "
                    + SettingValue.short(settings.learningRate))
        }
    }

    /// Refuses what has no meaning for the schedule: two configurations would be the same training.
    fileprivate func refuse(
        _ name: String, of schedules: [LearningRateSchedule], _ given: Set<String>
    ) throws(TrainerSettingsError) {
        guard given.contains(name), !schedules.contains(scheduler) else { return }
        let names = schedules.map(\.rawValue).joined(separator: ", ")
        throw TrainerSettingsError(
            setting: name,
            problem:
                "is for lr_scheduler_type \(names), and that is \(scheduler.rawValue) here; where schedules are searched, give "
                + "'\(name)' among the parameters with when: {lr_scheduler_type: \(schedules[0].rawValue)}")
    }
}

extension TrainerSetting {
    /// It means something to these schedules alone, of which one cannot do without it.
    func forSchedules(
        _ schedules: TrainerSettings.LearningRateSchedule...,
        needing need: (schedule: TrainerSettings.LearningRateSchedule, advice: String)? = nil
    ) -> TrainerSetting {
        let name = name
        return checked { (settings, given) throws(TrainerSettingsError) in
            try settings.refuse(name, of: schedules, given)
            guard let need, settings.scheduler == need.schedule, !given.contains(name) else { return }
            throw TrainerSettingsError(
                setting: name, problem: "missing; lr_scheduler_type \(need.schedule.rawValue) needs it: \(need.advice)")
        }
    }
}
