extension StudySpecification {
    package static let defaultRunCap = 40

    /// Trials in the whole study: what the file says, or ``defaultRunCap``, or a grid's all; no more than there are configurations, where
    /// none is run twice or the file says no number.
    package var trialCount: Int {
        repeats ? wantedTrials : min(wantedTrials, space.size ?? .max)
    }

    /// Trials that the file asks for, whether there are as many configurations or not.
    private var wantedTrials: Int {
        runCap ?? (method == .grid ? space.size ?? Self.defaultRunCap : min(Self.defaultRunCap, space.size ?? .max))
    }

    /// Whether every configuration is tried once, also where that is what `auto` comes to.
    var isGrid: Bool {
        method == .grid || method == .auto && space.size.map { $0 <= wantedTrials } ?? false
    }

    /// Whether a configuration may run again once all have.
    package var repeats: Bool { !trainer.traits.isReproducible && !isGrid }

    /// What to say of a number of trials that a finite space cannot fill; nil: it can.
    package func repetition(of trials: Int) -> String? {
        guard let size = space.size, trials > size else { return nil }
        var asked = self
        asked.runCap = trials
        let configurations = "only \(size) configuration\(size == 1 ? "" : "s")"
        return "the space has \(configurations), fewer than run_cap \(trials): "
            + (asked.repeats ? "the trials after them repeat some" : "the study ends once all have been tried")
    }
}
