import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

struct ParameterFormsTests {
    @Test(arguments: [
        ("{value: 3}", Distribution.constant(.int(3))),
        ("{value: null}", .constant(.null)), ("{value: ~, desc: none}", .constant(.null)),
        ("{distribution: constant, value: null}", .constant(.null)),
        ("{values: [null]}", .categorical([.null], probabilities: nil)),
        ("{value: null, min: 1, max: 8}", .intUniform(min: 1, max: 8)),
        ("{distribution: constant, value: [query, value]}", .constant(.array([.string("query"), .string("value")]))),
        ("{values: [2, 4, 8]}", .categorical([.int(2), .int(4), .int(8)], probabilities: nil)),
        (
            "{values: [a, true, 1e-5, \"1\"]}",
            .categorical([.string("a"), .bool(true), .double(1e-5), .string("1")], probabilities: nil)
        ),
        ("{values: [1, 2], probabilities: [0.25, 0.75]}", .categorical([.int(1), .int(2)], probabilities: [0.25, 0.75])),
        ("{distribution: categorical, values: [all]}", .categorical([.string("all")], probabilities: nil)),
        ("{min: 1, max: 8}", .intUniform(min: 1, max: 8)),
        ("{min: 1, max: 8.0}", .uniform(min: 1, max: 8)),
        ("{min: 0.0, max: 0.1}", .uniform(min: 0, max: 0.1)),
        ("{min: 0, max: 1, q: 0.25}", .quantizedUniform(min: 0, max: 1, q: 0.25)),
        ("{distribution: int_uniform, min: -2, max: 2}", .intUniform(min: -2, max: 2)),
        ("{distribution: int_log_uniform_values, min: 1, max: 64}", .intLogUniform(min: 1, max: 64)),
        ("{distribution: uniform, min: 0, max: 1}", .uniform(min: 0, max: 1)),
        ("{distribution: q_uniform, min: 0, max: 10, q: 2}", .quantizedUniform(min: 0, max: 10, q: 2)),
        ("{distribution: log_uniform_values, min: 3e-5, max: 3e-3}", .logUniform(min: 3e-5, max: 3e-3)),
        (
            "{distribution: q_log_uniform_values, min: 8, max: 256, q: 8}",
            .quantizedLogUniform(min: 8, max: 256, q: 8)
        ),
        ("{distribution: normal, mu: 1, sigma: 0.5}", .normal(mu: 1, sigma: 0.5)),
        ("{distribution: normal}", .normal(mu: 0, sigma: 1)),
        ("{mu: 2}", .normal(mu: 2, sigma: 1)),
        ("{distribution: log_normal, mu: -7, sigma: 1.5}", .logNormal(mu: -7, sigma: 1.5)),
        ("{distribution: q_uniform, min: 2, max: 5}", .quantizedUniform(min: 2, max: 5, q: 1)),
        ("{distribution: q_log_uniform_values, min: 2, max: 5}", .quantizedLogUniform(min: 2, max: 5, q: 1)),
        ("{distribution: inv_log_uniform_values, min: 2, max: 5}", .logUniform(min: 2, max: 5)),
        ("{distribution: log_uniform, min: -2, max: 0}", .logUniform(min: exp(-2), max: 1)),
        ("{distribution: inv_log_uniform, min: 0, max: 2}", .logUniform(min: exp(-2), max: 1)),
        ("{desc: what it is, values: [1, 2]}", .categorical([.int(1), .int(2)], probabilities: nil)),
    ])
    func `Every form gives its distribution`(form: String, expected: Distribution) throws {
        #expect(try distribution(form) == expected)
    }

    @Test(arguments: [
        ("1e-5", SettingValue.double(1e-5)), ("1E5", .double(1e5)), (".5", .double(0.5)), ("5.", .double(5)),
        ("5.e-1", .double(0.5)), ("-3", .int(-3)), ("+3", .int(3)), ("1_000", .int(1000)), ("0x1F", .int(31)),
        ("0o17", .int(15)), ("-.inf", .double(-.infinity)), ("True", .bool(true)), ("yes", .string("yes")),
        ("off", .string("off")), ("last-2", .string("last-2")), ("1.2.3", .string("1.2.3")), ("e5", .string("e5")),
        ("'1e-5'", .string("1e-5")), ("!!float '1e-5'", .double(1e-5)), ("!!str 12", .string("12")),
        ("1e20", .double(1e20)), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
        ("0xFg", .string("0xFg")), ("{a: [1, null]}", .object(["a": .array([.int(1), .null])])),
    ])
    func `A plain scalar is a number wherever it looks like one`(text: String, expected: SettingValue) throws {
        #expect(try distribution("{value: \(text)}") == .constant(expected))
    }

    @Test func `a constant of nothing is asked of the trainer, can be enqueued and hung on`() throws {
        let file = try parse(study("lora_alpha: {value: null}\nr: {values: [2, 4]}"))
        #expect(
            try settings(of: file.specification, ["lora_alpha": .null, "r": .int(2)], seed: 0)["lora_alpha"]
                == .double(4))
        let sweep = try parse(
            sweep(
                "a: {value: null}\nb: {values: [1, 2], when: {a: null}}",
                before: "metric: {name: x}\nenqueue: [{a: null, b: 2}]"))
        #expect(sweep.specification.enqueued == [["a": .null, "b": .int(2)]])
        #expect(sweep.specification.space.size == 2)
    }

    @Test func `Block style and flow style say the same`() throws {
        let block = try parse(sweep("p:\n  values:\n    - [query, value]\n    - all-linear")).specification.space
        let flow = try parse(sweep("p: {values: [[query, value], all-linear]}")).specification.space
        #expect(block == flow)
        #expect(block.size == 2)
    }

    @Test func `An anchor stands for what it names`() throws {
        let space = try parse(sweep("p: &two {values: [1, 2]}\nq: *two")).specification.space
        #expect(space["q"]?.distribution == space["p"]?.distribution)
    }

    @Test func `Parameters keep the file's order`() throws {
        let names = try parse(sweep("z: {min: 1, max: 2}\na: {min: 1, max: 2}\nm: {value: 1}")).specification.space.parameters
        #expect(names.map(\.name) == ["z", "a", "m"])
    }

    @Test(arguments: [
        ("{when: {r: 8}, values: [1, 2]}", [SettingValue.int(8)]),
        ("{when: {r: [4, 8.0]}, values: [1, 2]}", [.int(4), .int(8)]),
    ])
    func `A condition names the values that let a parameter be`(form: String, values: [SettingValue]) throws {
        let space = try parse(sweep("p: \(form)\nr: {values: [2, 4, 8]}")).specification.space
        #expect(space.parameters.map(\.name) == ["r", "p"])
        #expect(space["p"]?.conditions == [.init(parameter: "r", values: values)])
    }

    @Test func `A condition on a list means that list`() throws {
        let space = try parse(
            sweep("p: {when: {modules: [query, value]}, min: 1, max: 2}\nmodules: {values: [[query, value], all]}")
        ).specification.space
        #expect(space["p"]?.conditions.map(\.test) == [.values([.array([.string("query"), .string("value")])])])
        #expect(space.size == 3)
    }
}
