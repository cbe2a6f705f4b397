import SearchSpaces
import Studies
import Testing

/// A program that ends by itself at a rung: was it done, or did it stop as it was told?
struct OwnEndsTests {
    /// What is known, as it is kept with the trials and as it grows while a study runs: the two have to agree.
    private var ends = OwnEnds()
    private var kept: [(end: OwnEnds.End, trial: Trial)] = []

    /// A trial's launch up to its rung, and what is known after it.
    @discardableResult private mutating func launch(
        _ number: Int, reports: Int, earlier: Int = 0, milestone: Int, ending: TrialLife.Ending = .exited(0),
        leavesCheckpoint: Bool, beyond: Bool = false
    ) -> Trial {
        let old = (0..<earlier).map { Report(iter: $0 + 1, step: $0 + 1, value: 1) }
        var life = TrialLife(Trial(id: Trial.ID(number), assignment: [:], reports: old, launches: earlier > 0 ? 1 : 0))
        _ = life.handle(.launched(fromCheckpoint: leavesCheckpoint && earlier > 0, milestone: milestone))
        for step in earlier..<max(reports, earlier) { _ = life.handle(.reported(step: step + 1, value: 1, metrics: [:])) }
        if reports == milestone { _ = life.handle(.decided(.pause)) }
        if beyond { _ = life.handle(.reported(step: reports + 1, value: 1, metrics: [:])) }
        _ = life.handle(.exited(ending))
        let end = ends.note(life, ending, leftCheckpoint: leavesCheckpoint)
        let before = kept.first { $0.trial.id.number == number }?.end
        kept.removeAll { $0.trial.id.number == number }
        if let end = end ?? before { kept.append((end, life.trial)) }
        return life.trial
    }

    private func isWhole(_ trial: Trial) -> Bool {
        var restored = OwnEnds()
        for (end, trial) in kept { restored.restore(end, of: trial) }
        #expect(restored.isWhole(trial) == ends.isWhole(trial))
        return ends.isWhole(trial)
    }

    @Test mutating func `Without a checkpoint, and without one that was promoted, it was done`() {
        let bare = launch(0, reports: 3, milestone: 3, leavesCheckpoint: false)
        #expect(bare.state == .paused)
        #expect(isWhole(bare))
        let saved = launch(1, reports: 3, milestone: 3, leavesCheckpoint: true)
        #expect(!isWhole(saved))
    }

    @Test mutating func `A promoted one that ends again without a report tells of all that wait there`() {
        let others = (0..<3).map { launch($0, reports: 3, milestone: 3, leavesCheckpoint: true) }
        let again = launch(0, reports: 3, earlier: 3, milestone: 9, leavesCheckpoint: true)
        #expect(again.state == .complete)
        #expect(!isWhole(again) && isWhole(others[1]) && isWhole(others[2]))
        #expect(!isWhole(launch(5, reports: 1, milestone: 1, leavesCheckpoint: true)))
    }

    @Test mutating func `A promoted one that makes more reports tells that the program stops as told`() {
        let others = (0..<2).map { launch($0, reports: 1, milestone: 1, leavesCheckpoint: false) }
        let promoted = launch(0, reports: 3, earlier: 1, milestone: 3, leavesCheckpoint: false)
        #expect(!isWhole(others[1]) && !isWhole(promoted))
    }

    @Test mutating func `Whoever was told to end, or reported on, tells nothing`() {
        let told = launch(0, reports: 1, milestone: 1, ending: .terminated, leavesCheckpoint: false)
        let beyond = launch(1, reports: 1, milestone: 1, leavesCheckpoint: false, beyond: true)
        #expect(!isWhole(told) && !isWhole(beyond))
    }
}
