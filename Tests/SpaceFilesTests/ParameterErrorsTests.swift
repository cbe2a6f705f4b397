import SearchSpaces
import SpaceFiles
import Testing

struct ParameterErrorsTests {
    /// The parameter stands in line 4, its name in column 3, its braces in column 6.
    @Test(arguments: [
        ("8", "4:6: found 8, expected 'p' as a mapping of value, values, or min and max"),
        ("[1, 2]", "4:6: found a list, expected 'p' as a mapping of value, values, or min and max"),
        ("", "4:5: found nothing, expected 'p' as a mapping of value, values, or min and max"),
        ("{}", "4:6: 'p' has no values; expected value, values, or min and max"),
        ("{distribution: int_uniform, min: 1}", "4:6: 'p' lacks 'max'; int_uniform needs min and max"),
        ("{max: 1}", "4:6: 'p' lacks 'min'; int_uniform needs min and max"),
        ("{values: []}", "4:15: an empty list; expected at least one value"),
        ("{values: 3}", "4:15: found 3, expected a list of values"),
        ("{values: [1, 2, 1]}", "4:22: 1 is among the values already"),
        ("{values: [1], min: 2}", "4:20: 'min' does not go with categorical, which takes values, probabilities"),
        ("{value: 1, values: [2]}", "4:17: 'values' does not go with constant, which takes value"),
        ("{values: [1, 2], probabilities: [1]}", "4:38: 1 probabilities for 2 values"),
        ("{values: [1, 2], probabilities: [0.5, 0.6]}", "4:38: the probabilities sum to 1.1, expected 1"),
        ("{values: [1, 2], probabilities: [1.5, -0.5]}", "4:39: found 1.5, expected a probability from 0 to 1"),
        ("{values: [1, 2], probabilities: [a, b]}", "4:39: found the text 'a', expected a number"),
        ("{min: 5, max: 3}", "4:12: min 5 is not below max 3; for a single value write value"),
        ("{min: 2.5, max: 2.5}", "4:12: min 2.5 is not below max 2.5; for a single value write value"),
        ("{min: low, max: 3}", "4:12: found the text 'low', expected a number"),
        ("{min: 1.0, max: .nan}", "4:22: found .nan, expected a number"),
        ("{min: -9000000000000000000, max: 9000000000000000000}", "4:39: the range holds too many values"),
        ("{min: -1.7e308, max: 1.7e308}", "4:27: the range holds too many values"),
        ("{min: 0, max: 1, q: 1e-30}", "4:26: the range holds too many values"),
        ("{min: 0, max: 1, q: 0}", "4:26: found 0, expected a step above 0, at most max - min"),
        ("{min: 0, max: 1, q: 2}", "4:26: found 2, expected a step above 0, at most max - min"),
        ("{distribution: int_uniform, min: 0.5, max: 3}", "4:39: found 0.5, expected a whole number"),
        (
            "{distribution: int_log_uniform_values, min: 0, max: 3}",
            "4:50: found 0, expected a whole number of at least 1"
        ),
        (
            "{distribution: log_uniform_values, min: 0, max: 1}",
            "4:46: found 0, expected a number above 0, as a logarithm is taken"
        ),
        ("{distribution: q_uniform, min: 0, max: 0.5}", "4:6: 'p' lacks 'q', which is then 1, more than max - min"),
        ("{distribution: normal, sigma: 0}", "4:36: found 0, expected a number above 0"),
        ("{distribution: normal, min: 0}", "4:29: 'min' does not go with normal, which takes mu, sigma"),
        (
            "{distribution: log_unform_values, min: 1, max: 2}",
            "4:21: unknown distribution 'log_unform_values'; allowed: constant, categorical, uniform, normal, int_uniform, "
                + "int_log_uniform_values, q_uniform, log_uniform_values, q_log_uniform_values, log_normal, "
                + "log_uniform, inv_log_uniform_values, inv_log_uniform; "
                + "did you mean 'log_uniform_values'?"
        ),
        (
            "{distribution: log_uniform, min: -5, max: 800}",
            "4:48: found 800, expected an exponent of e from -690 to 690; log_uniform_values takes the values themselves"
        ),
        (
            "{distribution: q_log_uniform, min: 1, max: 2}",
            "4:21: the distribution q_log_uniform is not available yet; q_log_uniform_values takes the values themselves"
        ),
        ("{distribution: beta}", "4:21: the distribution beta is not available yet"),
        (
            "{value: 1, vales: [2]}",
            "4:17: unknown key 'vales'; allowed: distribution, value, values, probabilities, min, max, q, mu, sigma, when; "
                + "did you mean 'values'?"
        ),
        (
            "{parameters: {q: {vale: 1}}}",
            "4:24: unknown key 'vale'; allowed: distribution, value, values, probabilities, min, max, q, "
                + "mu, sigma, when; did you mean 'value'?"
        ),
        ("{parameters: {q: {min: 1}}}", "4:23: 'p.q' lacks 'max'; int_uniform needs min and max"),
        ("{parameters: {}}", "4:19: found a mapping, expected the parameters of 'p' as a mapping"),
        (
            "{parameters: {q: {value: 1}}, when: {r: 2}}",
            "4:36: 'when' beside 'parameters'; what a group holds is said of each of its parameters"
        ),
        ("{min: 1, min: 2, max: 3}", "4:7: 'min' is given more than once; keep one"),
        ("{? [a]: 1}", "4:9: found a list or mapping as a key, expected a name"),
    ])
    func `A wrong parameter is refused where it is wrong`(form: String, message: String) {
        #expect(refusal(sweep("p: \(form)")) == "space.yaml:\(message)")
    }

    private static let wanted =
        "{other_parameter: value}, {other_parameter: [values]} or {other_parameter: {min: number}}"

    /// The condition stands in line 4, its parameter's name in column 14, the value after it.
    @Test(arguments: [
        ("{rr: 2}", "4:14: unknown parameter 'rr'; allowed: r, x"),
        ("{r: 3}", "4:17: 'r' is never 3; its values: 2, 4"),
        ("{r: [2, 3]}", "4:21: 'r' is never 3; its values: 2, 4"),
        ("{r: []}", "4:17: found a list, expected at least one value of 'r'"),
        ("{x: 0.5}", "4:14: 'x' has too many values for a condition; give it a list of values, or limits such as {min: 0.5}"),
        (
            "{r: 2, x: 1}",
            "4:20: 'x' has too many values for a condition; give it a list of values, or limits such as {min: 0.5}"
        ),
        ("{r: {min: 5}}", "4:17: 'r' is never at least 5; its values: 2, 4"),
        ("{x: {min: 2, max: 3}}", "4:17: 'x' is never from 2 to 3; its values: 0 to 1"),
        ("{r: {least: 2}}", "4:18: unknown key 'least'; allowed: min, max"),
        ("{r: {}}", "4:17: found a mapping, expected min, max or both"),
        ("{}", "4:13: found a mapping, expected \(Self.wanted)"),
        ("r", "4:13: found the text 'r', expected \(Self.wanted)"),
        ("{p: 1}", "4:13: the conditions go round in a circle: p, p"),
    ])
    func `An impossible condition is refused where it stands`(condition: String, message: String) {
        let parameters = "p: {when: \(condition), values: [1, 2]}\nr: {values: [2, 4]}\nx: {min: 0.0, max: 1.0}"
        #expect(refusal(sweep(parameters)) == "space.yaml:\(message)")
    }

    @Test func `A circle of conditions is refused`() {
        let circle = sweep("a: {when: {b: 1}, values: [1]}\nb: {when: {c: 1}, values: [1]}\nc: {when: {a: 1}, values: [1]}")
        #expect(refusal(circle) == "space.yaml:4:13: the conditions go round in a circle: a, b, c, a")
    }

    @Test func `What hangs on a circle is not what is blamed`() {
        let circle = sweep("a: {when: {b: 1}, values: [1]}\nb: {when: {c: 1}, values: [1]}\nc: {when: {b: 1}, values: [1]}")
        #expect(refusal(circle) == "space.yaml:5:13: the conditions go round in a circle: b, c, b")
    }

    @Test func `A misspelt value of a condition is met with the nearest one`() {
        let condition = sweep("p: {when: {o: adan}, value: 1}\no: {values: [sgd, adam]}")
        #expect(refusal(condition) == "space.yaml:4:17: 'o' is never adan; its values: sgd, adam; did you mean 'adam'?")
    }

    @Test func `A grid over an infinite range is refused`() {
        let grid = sweep("a: {value: 1}\np: {min: 0.0, max: 1.0}", before: "method: grid\nmetric: {name: loss, goal: minimize}")
        #expect(
            refusal(grid) == "space.yaml:6:3: 'p' has infinitely many values (uniform), and a grid tries them all; "
                + "give it values, or min, max and q")
    }
}
