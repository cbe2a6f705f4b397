import SearchSpaces
import Testing
import TrainerSettings

struct BatchSettingsTests {
    private let settings = BatchSettings(defaultBatch: 32)

    private func study(_ given: [String: SettingValue] = [:]) -> StudySpecification {
        StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), trainer: TrainerSpecification(type: "t", settings: given),
            space: SearchSpace([]), folder: "")
    }

    /// What a launch finds.
    private func halved(_ times: Int, _ assignment: Assignment, _ given: [String: SettingValue]) -> (Int?, Int?) {
        var (assignment, study) = (assignment, study(given))
        settings.halve(times, &assignment, in: &study)
        let sizes = settings.sizes(assignment, in: study)
        return (sizes?.batch, sizes?.accumulation)
    }

    @Test func `half the batch goes with twice the accumulation, wherever they are given`() {
        #expect(halved(1, ["batch_size": .int(16)], [:]) == (8, 2))
        #expect(halved(2, [:], ["batch_size": .int(16), "gradient_accumulation_steps": .int(3)]) == (4, 12))
        #expect(halved(1, ["gradient_accumulation_steps": .int(2)], ["batch_size": .int(4)]) == (2, 4))
        #expect(halved(5, [:], [:]) == (1, 32))
        #expect(halved(0, [:], [:]) == (32, 1))
    }

    @Test func `a parameter is changed in its place, a setting in its own`() {
        var (assignment, study): (Assignment, StudySpecification) = (["batch_size": .double(8), "r": .int(4)], study())
        settings.halve(1, &assignment, in: &study)
        #expect(assignment == ["batch_size": .double(4), "r": .int(4)])
        #expect(study.trainer.settings == ["gradient_accumulation_steps": .int(2)])
    }

    @Test(arguments: [(32, 5), (12, 2), (7, 0), (1, 0), (0, 0), (-4, 0)])
    func `an odd batch has no half`(batch: Int, times: Int) {
        #expect(settings.halvings(["batch_size": .int(batch)], in: study()) == times)
    }

    @Test func `what is no whole number is not halved`() {
        #expect(settings.halvings(["batch_size": .double(2.5)], in: study()) == 0)
        #expect(settings.halvings(["batch_size": .string("auto")], in: study()) == 0)
        #expect(halved(1, ["batch_size": .string("auto")], [:]) == (nil, nil))
        #expect(BatchSettings().halvings([:], in: study()) == 0)
        #expect(halved(3, [:], ["gradient_accumulation_steps": .int(1 << 61)]) == (32, 1 << 61))
    }
}
