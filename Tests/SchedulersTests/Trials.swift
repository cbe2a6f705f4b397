import SearchSpaces
import Studies
import TrainerSettings

extension Trial {
    /// A trial that reported some values, one report after the other.
    static func reporting(
        _ values: [Double], number: Int, state: Trial.State = .paused, milestone: Int? = nil
    ) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: ["n": .int(number)], state: state,
            reports: values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) }, launches: 1,
            milestone: milestone)
    }
}
