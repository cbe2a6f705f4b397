/// What another trainer's section means for the trials that a study has; the trainer tells.
package struct TrainerChange: Sendable {
    /// Where the trainer's files are now and were before, a sentence each.
    package var moves: [String] = []
    /// Why no trial can be kept; nil: nothing speaks against all.
    package var refusal: String?
    /// Why one of them cannot; nil: it can.
    package var refusalOfTrial: @Sendable (Trial) -> String? = { _ in nil }

    package init() {}

    /// The trials were trained by something else.
    package static var another: TrainerChange {
        var change = TrainerChange()
        change.refusal = "trainer: differs from the one that the trials were trained by"
        return change
    }
}
