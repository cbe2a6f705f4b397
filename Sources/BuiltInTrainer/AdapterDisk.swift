import Finetuning
import SearchSpaces
import TrainerSettings
import Trainers

extension TrialDisk {
    private static let samples = 200
    /// The value and the optimizer's two moments, 4 bytes each.
    private static let bytesForEachParameter = 3 * 4
    /// The newest checkpoint, the one before it, and the one that is being written.
    private static let filesWhileRunning = 3
    private static let filesWhileWaiting = 2

    /// From configurations that are drawn; nil: the size of none can be told.
    init?(_ study: StudySpecification, _ feasibility: Feasibility) {
        var generator = SeededGenerator(study.seed, -3)
        let sizes = (0..<Self.samples).compactMap { _ in
            let assignment = study.space.sample(using: &generator)
            return feasibility.isFeasible(assignment) ? feasibility.adapterSize(of: assignment) : nil
        }
        guard !sizes.isEmpty else { return nil }
        let greatest = sizes.reduce(0) { max($0, $1.trainableParameters) } * Self.bytesForEachParameter
        let settings = try? TrainerSettings(study.space.sample(using: &generator), in: study)
        self.init(
            adapter: sizes.reduce(0) { $0 + $1.bytes } / sizes.count, drawn: Self.samples,
            checkpointRunning: Self.filesWhileRunning * greatest, checkpointWaiting: Self.filesWhileWaiting * greatest,
            cache: settings?.prefixCache)
    }
}
