import SearchSpaces
import SpaceFiles
import Testing

struct WarningsTests {
    private static let asha = "metric: {name: eval_accuracy, goal: maximize}\nearly_terminate: {type: asha, max_iter: 9}"

    private func warnings(_ text: String) throws -> [String] {
        try parse(text).warnings.map(\.description)
    }

    @Test(arguments: [
        (100, 900, nil), (100, 1000, 1000), (88, 792, nil), (100, 850, 850),
    ])
    func `max_iter x eval_steps that is not max_steps is pointed out`(evalSteps: Int, steps: Int, warned: Int?) throws {
        let trainer = "eval_steps: \(evalSteps)\nmax_steps: \(steps)"
        let found = try warnings(study("r: {values: [2, 4]}", trainer: trainer, before: Self.asha))
        let expected = warned.map {
            "space.yaml:2:1: warning: max_iter 9 x eval_steps \(evalSteps) = 900 is not max_steps \($0); "
                + "a trial ends at whichever comes first"
        }
        #expect(found == [expected].compactMap(\.self))
    }

    @Test func `Nothing is said of max_steps where it is searched or counted in epochs`() throws {
        #expect(try warnings(study("max_steps: {values: [9, 90]}", trainer: "eval_steps: 1", before: Self.asha)).isEmpty)
        #expect(try warnings(study("r: {values: [2]}", trainer: "num_train_epochs: 3", before: Self.asha)).isEmpty)
    }

    @Test func `A metric without a goal is minimized, and said to be`() throws {
        #expect(
            try warnings(sweep("p: {value: 1}", before: "metric: {name: accuracy}"))
                == ["space.yaml:1:9: warning: no goal for accuracy: it is minimized, as W&B has it"])
    }

    @Test func `A run_cap that the space cannot fill is pointed out`() throws {
        let before = "run_cap: 40\nmetric: {name: loss, goal: minimize}"
        #expect(
            try warnings(sweep("p: {values: [1, 2, 3]}", before: before))
                == [
                    "space.yaml:1:1: warning: the space has only 3 configurations, fewer than run_cap 40: the trials after them repeat some"
                ])
        #expect(
            try warnings(study("r: {values: [2, 4]}", before: "run_cap: 9\nmetric: {name: loss, goal: minimize}"))
                == [
                    "space.yaml:1:1: warning: the space has only 2 configurations, fewer than run_cap 9: the study ends once all have been tried"
                ])
        #expect(try warnings(sweep("p: {min: 1, max: 40}", before: before)).isEmpty)
    }

    @Test func `A setting that is searched as well is pointed out, unless the search leaves it alone at times`() throws {
        #expect(
            try warnings(study("r: {values: [2, 4]}", trainer: "r: 8"))
                == ["space.yaml:6:6: warning: 'r' is searched; the trainer's own value is not used"])
        let conditional = "lora_dropout: {when: {r: 4}, min: 0.0, max: 0.1}\nr: {values: [2, 4]}"
        #expect(try warnings(study(conditional, trainer: "lora_dropout: 0.05")).isEmpty)
    }

    @Test func `What a study has no use for is pointed out in the file's order`() throws {
        let text = study(
            "r: {values: [1]}", trainer: "output_dir: out",
            before: "entity: me\nname: a b\nmetric: {name: loss, goal: minimize}")
        #expect(
            try warnings(text) == [
                "space.yaml:1:1: warning: 'entity' means nothing here",
                "space.yaml:2:7: warning: the study is called a-b",
                "space.yaml:8:15: warning: a study's trials write into its own folder",
            ])
    }

    @Test(arguments: [("{min: 1e-4, max: 1e-2}", true), ("{min: 0.01, max: 0.1}", false), ("{min: 0.0, max: 1.0}", false)])
    func `A wide range without a logarithm is pointed out`(form: String, warned: Bool) throws {
        #expect(try warnings(sweep("p: \(form)")).isEmpty != warned)
    }

    @Test(arguments: [(40, true), (24, true), (23, false)])
    func `A grid that auto comes to ends with its last configuration, and is said to`(runCap: Int, isGrid: Bool) throws {
        let file = try parse(
            sweep(
                "a: {values: [1, 2, 3]}\nb: {min: 0.0, max: 1.0, q: 0.333}\nc: {values: [x, null]}",
                before: "metric: {name: score, goal: maximize}\nmethod: auto\nrun_cap: \(runCap)"))
        #expect((MethodChoice(file.specification).method == .grid) == isGrid)
        #expect(file.specification.repeats == !isGrid)
        #expect(file.specification.trialCount == min(runCap, 24))
        #expect(file.warnings.map(\.text).contains { $0.hasSuffix("the study ends once all have been tried") } == (runCap > 24))
        #expect(file.specification.repetition(of: 50)?.hasSuffix("the study ends once all have been tried") == true)
    }
}
