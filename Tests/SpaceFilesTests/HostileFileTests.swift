import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

/// Space files that mean harm, or that a slip of the finger makes.
@Suite struct HostileFileTests {
    @Test(.timeLimit(.minutes(5))) func `aliases of aliases are refused before they take memory`() {
        var lines = ["a0: &a0 [x, x, x, x]"]
        for level in 1...20 { lines.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]") }
        let said = refusal(lines.joined(separator: "\n"))
        #expect(said?.hasSuffix("too many aliases: the file stands for far more than it says") == true, "\(said ?? "accepted")")
    }

    /// Forms of the lines of a file of very many parameters, by their number.
    private static let forms: [@Sendable (Int) -> String] = [
        { "p\($0): {values: [1, 2]}" }, { "p\($0): {min: 0.5, max: 1e3}" },
        { $0 == 0 ? "p0: {values: [1, 2]}" : "p\($0): {values: [1, 2], when: {p\($0 - 1): 1}}" },
        { $0 == 9999 ? "p9999: {values: [1, 2]}" : "p\($0): {values: [1, 2], when: {p\($0 + 1): 1}}" },
        { $0 == 0 ? "p0: {values: [1, 2]}" : "p\($0): {values: [1, 2], when: {p0: 2}}" },
    ]

    /// A hundred times what people write; in time that grows with the square it would take minutes.
    @Test(.timeLimit(.minutes(5)), arguments: 0..<5) func `the time that a file takes grows with its length`(form: Int) throws {
        let space = try parse(sweep((0..<10_000).map(Self.forms[form]).joined(separator: "\n"))).specification.space
        #expect(space.parameters.count == 10_000)
        #expect(space.parameters.first?.name == (form == 3 ? "p9999" : "p0"))
        #expect(form == 1 || space.size != nil)
    }

    @Test(.timeLimit(.minutes(5))) func `so does that of long lists`() throws {
        let values = (0..<30_000).map { "\($0)" }.joined(separator: ", ")
        #expect(try distribution("{values: [\(values)]}")?.count == 30_000)
        #expect(refusal(sweep("p: {values: [\(values), 7.0]}"))?.contains("is among the values already") == true)
        let queue = (0..<10_000).map { "{p: 0.\($0)1}" }.joined(separator: ", ")
        let file = try parse(sweep("p: {min: 0.0, max: 1.0}") + "enqueue: [\(queue)]\n")
        #expect(file.specification.enqueued.count == 10_000)
    }

    @Test func `aliases that people write are fine`() throws {
        let file = try parse(sweep("x: &range {min: 0.0, max: 1.0}\ny: *range\nz: *range"))
        #expect(file.specification.space.parameters.map(\.distribution).allSatisfy { $0 == .uniform(min: 0, max: 1) })
    }

    @Test(arguments: ["1e18", "1e19", "1e300", "-1e300", ".inf", ".nan", "9223372036854775807"])
    func `a configuration far outside is refused as any other`(value: String) {
        for form in [
            "{min: 0.0, max: 0.5, q: 0.1}", "{min: 1, max: 9}", "{distribution: int_log_uniform_values, min: 1, max: 9}",
        ] {
            let said = refusal(sweep("x: \(form)") + "enqueue: [{x: \(value)}]\n")
            #expect(said?.contains("'x' is never") == true, "\(said ?? "accepted")")
        }
    }

    @Test(arguments: ["run_cap", "workers"])
    func `counts end where their products would overflow`(key: String) {
        let said = refusal(sweep("x: {min: 0, max: 1}", before: "metric: {name: loss, goal: minimize}\n\(key): 1000000001"))
        #expect(said == "space.yaml:2:\(key.count + 3): found 1000000001, expected a whole number of at most 1000000000")
    }

    @Test(arguments: [
        "{type: asha, max_iter: 9223372036854775807}", "{type: successive_halving, min_iter: 1, max_iter: 0x7fffffffffffffff}",
        "{type: hyperband, max_iter: 4611686018427387904, s: 2}", "{type: median, startup_trials: 9223372036854775807}",
        "{type: asha, eta: 9223372036854775807, max_iter: 9}",
    ])
    func `rungs end there too`(termination: String) {
        let said = refusal(
            sweep("x: {min: 0, max: 1}", before: "metric: {name: loss, goal: minimize}\nearly_terminate: \(termination)"))
        #expect(said?.contains("expected a whole number of at most 1000000000") == true, "\(said ?? "accepted")")
    }

    @Test(arguments: ["9223372036854775807", "1e300", ".inf", ".nan", "-1e300"])
    func `the cost of steps and epochs that nobody can make is told, not trapped at`(value: String) {
        for name in ["max_steps", "num_train_epochs", "eval_steps"] {
            let said = refusal(study("\(name): {values: [1, \(value)]}"))
            #expect(said?.contains(name) == true, "\(said ?? "accepted")")
        }
        #expect(refusal(study("r: {values: [1, 2]}", trainer: "max_steps: 1000000001"))?.contains("max_steps") == true)
    }
}
