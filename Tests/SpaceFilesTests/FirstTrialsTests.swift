import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

struct FirstTrialsTests {
    private func file(_ lines: String) -> String {
        sweep(
            """
            lr: {distribution: log_uniform_values, min: 1e-4, max: 1e-2}
            r: {values: [2, 4, 8]}
            n: {min: 1, max: 9}
            optimizer: {values: [adam, sgd]}
            momentum: {when: {optimizer: sgd}, min: 0.0, max: 0.99}
            """, before: "metric: {name: loss, goal: minimize}\n\(lines)")
    }

    @Test func `Enqueued configurations arrive in order, in the space's own values`() throws {
        let lines = "enqueue:\n- {lr: 1e-3, r: 4.0}\n- {optimizer: sgd, momentum: 0, n: 9}"
        #expect(
            try parse(file(lines)).specification.enqueued == [
                ["lr": .double(1e-3), "r": .int(4)],
                ["optimizer": .string("sgd"), "momentum": .double(0), "n": .int(9)],
            ])
        #expect(try parse(file("seed: 1")).specification.enqueued.isEmpty)
    }

    @Test(arguments: [
        ("enqueue: {r: 4}", "2:10: found a mapping, expected a list of configurations such as [{r: 8, learning_rate: 1e-3}]"),
        ("enqueue: [{}]", "2:11: found a mapping, expected a configuration such as {r: 8, learning_rate: 1e-3}"),
        ("enqueue: [r]", "2:11: found the text 'r', expected a configuration such as {r: 8, learning_rate: 1e-3}"),
        ("enqueue: [{lr: 0.5}]", "2:16: 'lr' is never 0.5; its values: 0.0001 to 0.01"),
        ("enqueue: [{r: 3}]", "2:15: 'r' is never 3; its values: 2, 4, 8"),
        ("enqueue: [{n: 0}]", "2:15: 'n' is never 0; its values: 1 to 9"),
        ("enqueue: [{optimizer: adm}]", "2:23: 'optimizer' is never adm; its values: adam, sgd; did you mean 'adam'?"),
        ("enqueue: [{rr: 3}]", "2:12: unknown parameter 'rr'; allowed: lr, r, n, optimizer, momentum; did you mean 'lr'?"),
        ("enqueue: [{momentum: 0.5}]", "2:12: 'momentum' is there only when optimizer is sgd; give 'optimizer' too"),
        (
            "enqueue: [{momentum: 0.5, optimizer: adam}]",
            "2:12: 'momentum' is there only when optimizer is sgd, and here it is adam"
        ),
        ("enqueue:\n- {r: 4}\n- {r: 4.0}", "4:3: the configuration of line 3 once more; keep one of the two"),
        ("warm_start: recipe", "2:13: found the text 'recipe', expected recipes, off, or a list of earlier studies' names"),
        ("warm_start: [a, a]", "2:17: found the text 'a', expected the name of an earlier study, once"),
        ("warm_start: [a/b]", "2:14: found the text 'a/b', expected the name of an earlier study, once"),
        (
            "warm_start: [{study: x}]",
            "2:14: found a mapping, expected {optuna: FILE, study: NAME} or {csv: FILE, metric: COLUMN}"
        ),
        ("warm_start: [{csv: a, study: x}]", "2:23: 'study' is for Optuna's files; a CSV file is one study"),
        (
            "warm_start: [{optuna: a, studdy: x}]",
            "2:26: unknown key 'studdy'; allowed: optuna, csv, study, metric, rename; did you mean 'study'?"
        ),
        (
            "warm_start: [{csv: a, rename: {x: lrr}}]",
            "2:35: unknown parameter 'lrr'; allowed: lr, r, n, optimizer, momentum; did you mean 'lr'?"
        ),
        ("warm_start: [{csv: a}, {csv: a}]", "2:24: found a mapping, expected a study that the list does not have yet"),
    ])
    func `A mistake is refused where it stands`(lines: String, message: String) {
        #expect(refusal(file(lines)) == "space.yaml:\(message)")
    }

    @Test(arguments: [
        ("seed: 1", WarmStart()), ("warm_start: recipes", WarmStart()), ("warm_start: off", WarmStart(recipes: false)),
        ("warm_start: [one, two]", WarmStart(recipes: false, studies: ["one", "two"])),
        ("warm_start: [recipes, one]", WarmStart(studies: ["one"])),
        (
            "warm_start: [{optuna: a.db, study: s, rename: {rank: r}}, one, {csv: b.csv, metric: m}]",
            WarmStart(
                recipes: false, studies: ["one"],
                foreign: [
                    ForeignSource(.optuna, path: "a.db", study: "s", rename: ["rank": "r"]),
                    ForeignSource(.csv, path: "b.csv", metric: "m"),
                ])
        ),
    ])
    func `A study starts from recipes, from nothing or from earlier studies`(lines: String, expected: WarmStart) throws {
        #expect(try parse(file(lines)).specification.warmStart == expected)
    }

    @Test func `More configurations than trials are pointed out`() throws {
        let warnings = try parse(file("run_cap: 1\nenqueue: [{r: 2}, {r: 4}]")).warnings
        #expect(warnings.map(\.description) == ["space.yaml:3:1: warning: run_cap 1 leaves out the last 1 of them"])
    }

    @Test func `The closest value is in proportion among listed numbers`() {
        let ranks = Distribution.categorical([.int(2), .int(4), .int(64), .string("x")], probabilities: nil)
        #expect(ranks.closest(to: 14) == .int(4))
        #expect(ranks.closest(to: 20) == .int(64))
        #expect(Distribution.categorical([.string("x")], probabilities: nil).closest(to: 1) == nil)
        #expect(Distribution.uniform(min: 0, max: 0.1).closest(to: 0.5) == .double(0.1))
        #expect(Distribution.quantizedUniform(min: 0, max: 1, q: 0.25).closest(to: 0.6) == .double(0.5))
        #expect(Distribution.logNormal(mu: 0, sigma: 1).closest(to: -1) == nil)
    }

    @Test func `A distribution has its own values and no others`() {
        #expect(Distribution.intUniform(min: 1, max: 3).own(.double(2)) == .int(2))
        #expect(Distribution.intUniform(min: 1, max: 3).own(.double(2.5)) == nil)
        #expect(Distribution.uniform(min: 0, max: 1).own(.int(1)) == .double(1))
        #expect(Distribution.uniform(min: 0, max: 1).own(.double(.nan)) == nil)
        #expect(Distribution.normal(mu: 0, sigma: 1).own(.double(.infinity)) == nil)
        #expect(Distribution.logNormal(mu: 0, sigma: 1).own(.int(0)) == nil)
        #expect(Distribution.constant(.int(4)).own(.double(4)) == .int(4))
        #expect(Distribution.constant(.int(4)).own(.int(5)) == nil)
    }
}
