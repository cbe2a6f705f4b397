import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

struct ConfirmationReaderTests {
    private func file(_ line: String) -> String {
        sweep("lr: {min: 1e-4, max: 1e-2}\nr: {values: [2, 4, 8]}", before: "metric: {name: loss, goal: minimize}\n\(line)")
    }

    @Test(arguments: [
        ("confirm: {}", ConfirmationSettings(top: 3, seeds: 5, baseline: .plain)),
        ("confirm: {seeds: 2, top: 1}", ConfirmationSettings(top: 1, seeds: 2)),
        ("confirm: {seeds: 10, top: 100}", ConfirmationSettings(top: 100, seeds: 10)),
        ("confirm: {seeds: 100, top: 10}", ConfirmationSettings(top: 10, seeds: 100)),
        ("confirm: {baseline: default}", ConfirmationSettings()),
        ("confirm: {baseline: none}", ConfirmationSettings(baseline: .none)),
        ("confirm: {baseline: 12}", ConfirmationSettings(baseline: .trial(12))),
        (
            "confirm: {baseline: {lr: 1e-3, r: 4.0}}",
            ConfirmationSettings(baseline: .configuration(["lr": .double(1e-3), "r": .int(4)]))
        ),
        ("confirm: {baseline: {r: 3}}", ConfirmationSettings(baseline: .configuration(["r": .int(3)]))),
    ])
    func `what a file says of the confirmation is read`(line: String, settings: ConfirmationSettings) throws {
        #expect(try parse(file(line)).specification.confirmation == settings)
    }

    @Test func `without the key nothing is confirmed`() throws {
        #expect(try parse(file("seed: 1")).specification.confirmation == nil)
    }

    @Test(arguments: [
        ("confirm: 5", "2:10: found 5, expected confirm as a mapping of top, seeds, baseline"),
        ("confirm: {seed: 5}", "2:11: unknown key 'seed'; allowed: top, seeds, baseline; did you mean 'seeds'?"),
        ("confirm: {seeds: 1}", "2:18: found 1, expected a whole number of at least 2"),
        ("confirm: {top: 0}", "2:16: found 0, expected a whole number of at least 1"),
        ("confirm: {seeds: 5000}", "2:18: found 5000, expected a whole number of at most 100"),
        ("confirm: {top: 101}", "2:16: found 101, expected a whole number of at most 100"),
        (
            "confirm: {top: 40, seeds: 30}",
            "2:10: confirm: 40 configurations with 30 seeds each are 1200 trials, expected at most 1000"
        ),
        ("confirm: {top: 100, seeds: 11}", "expected at most 1000"),
        ("confirm: {baseline: defalt}", "2:21: unknown baseline 'defalt'; allowed: default, none; did you mean 'default'?"),
        ("confirm: {baseline: {rr: 4}}", "2:22: unknown parameter 'rr'; allowed: lr, r"),
        (
            "confirm: {baseline: [8]}",
            "2:21: found a list, expected default, none, a trial's number, or a configuration such as {r: 8}"
        ),
        ("confirm: {baseline: {lr: fast}}", "2:26: found the text 'fast', expected a number for lr"),
        ("confirm: {baseline: {lr: }}", "expected a number for lr"),
        ("confirm: {baseline: {lr: .nan}}", "expected a number for lr"),
        ("confirm: {baseline: {r: eight}}", "2:25: found the text 'eight', expected a value like 2, 4, 8 for r"),
        ("confirm: {baseline: {r: [8]}}", "2:25: found a list, expected a value like 2, 4, 8 for r"),
    ])
    func `what cannot be meant is refused with its place`(line: String, message: String) {
        let error = #expect(throws: SpaceFileError.self) { try parse(file(line)) }
        #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `a baseline is written as it is given on the command line`() {
        #expect("\(ConfirmationSettings.Baseline.plain)" == "default")
        #expect("\(ConfirmationSettings.Baseline.trial(4))" == "4")
        #expect("\(ConfirmationSettings.Baseline.configuration(["r": .int(8), "lr": .double(0.001)]))" == "lr=0.001,r=8")
    }

    @Test func `the command line's baseline is read as the file's`() throws {
        let space = try parse(file("seed: 1")).specification.space
        #expect(try .init("default", in: space) == ConfirmationSettings.Baseline.plain)
        #expect(try .init("none", in: space) == ConfirmationSettings.Baseline.none)
        #expect(try .init("7", in: space) == ConfirmationSettings.Baseline.trial(7))
        #expect(
            try .init("lr=1e-3,r=4", in: space)
                == ConfirmationSettings.Baseline.configuration(["lr": .double(1e-3), "r": .int(4)]))
        let error = #expect(throws: SpaceFileError.self) { try ConfirmationSettings.Baseline("rr=4", in: space) }
        #expect(error?.problem.hasPrefix("--baseline rr=4: unknown parameter 'rr'; allowed: lr, r") == true)
    }

    @Test(arguments: [
        ("", "--baseline: found nothing, expected default, none, a trial's number, or a configuration such as r=8"),
        ("  ", "--baseline: found nothing"), ("r=", "--baseline r=: found nothing, expected a value like 2, 4, 8 for r"),
        ("lr=fast", "--baseline lr=fast: found the text 'fast', expected a number for lr"),
        ("lr=1e-3,r", "--baseline lr=1e-3,r: found nothing, expected a value like 2, 4, 8 for r"),
        ("-1", "--baseline -1: found -1, expected default, none"),
    ])
    func `what the command line cannot mean is refused with what is allowed`(text: String, message: String) throws {
        let space = try parse(file("seed: 1")).specification.space
        let error = #expect(throws: SpaceFileError.self) { try ConfirmationSettings.Baseline(text, in: space) }
        #expect(error?.problem.hasPrefix(message) == true, "\(error?.problem ?? "")")
    }

    @Test func `a whole number is one, and a number may be outside of what is searched`() throws {
        let space = SearchSpace([
            Parameter(name: "n", distribution: .intUniform(min: 1, max: 8)),
            Parameter(name: "lr", distribution: .uniform(min: 0.1, max: 0.2)),
        ])
        #expect(
            try .init("n=64.0,lr=3", in: space)
                == ConfirmationSettings.Baseline.configuration(["n": .int(64), "lr": .double(3)]))
        let error = #expect(throws: SpaceFileError.self) { try ConfirmationSettings.Baseline("n=2.5", in: space) }
        #expect(error?.problem == "--baseline n=2.5: found 2.5, expected a whole number for n")
    }

    @Test func `a list keeps its commas`() throws {
        let space = SearchSpace([
            Parameter(name: "modules", distribution: .categorical([.array([.string("q"), .string("v")])], probabilities: nil))
        ])
        #expect(
            try .init("modules=[q,v]", in: space)
                == ConfirmationSettings.Baseline.configuration(["modules": .array([.string("q"), .string("v")])]))
    }
}
