import Layers
import Testing

@Suite struct ParameterTests {
    private let layout = ParameterLayout([
        ParameterSpec("a", shape: [3, 50], owner: .adapter, start: .uniform(bound: 0.5)),
        ParameterSpec("b", shape: [4], owner: .adapter, start: .zero),
        ParameterSpec("c", shape: [400], owner: .head, start: .checkpoint("there", otherwise: .one)),
        ParameterSpec("d", shape: [400], owner: .head, start: .checkpoint("missing", otherwise: .normal(deviation: 0.1))),
        ParameterSpec("e", shape: [5], owner: .base, decays: false, start: .one),
    ])

    private func started(seed: UInt64) -> TrainableParameters {
        let parameters = TrainableParameters(layout)
        parameters.start(seed: seed) { name, shape, take in
            guard name == "there" else { return false }
            [Float](repeating: 7, count: shape.reduce(1, *)).withUnsafeBufferPointer(take)
            return true
        }
        return parameters
    }

    @Test func `tensors lie end to end in the order of the list, and are found by the model's names`() {
        #expect(layout.count == 150 + 4 + 800 + 5)
        #expect(layout.ranges == [0..<150, 150..<154, 154..<554, 554..<954, 954..<959])
        #expect(layout.offset(of: "c") == 154 && layout.offset(of: "x") == nil)
        #expect(layout.specs.map(\.name).allSatisfy { $0.hasPrefix("base_model.model.") })
        #expect(ParameterLayout([]).count == 0)
    }

    @Test func `each starts as it says`() {
        let parameters = started(seed: 3)
        let values = withExtendedLifetime(parameters) { parameters.entries.map { Array(parameters.values[$0.range]) } }
        #expect(values[0].allSatisfy { abs($0) <= 0.5 } && (values[0].map(abs).max() ?? 0) > 0.45)
        #expect(values[1].allSatisfy { $0 == 0 } && values[2].allSatisfy { $0 == 7 } && values[4].allSatisfy { $0 == 1 })
        let deviation = (values[3].reduce(0) { $0 + $1 * $1 } / 400).squareRoot()
        #expect(abs(deviation - 0.1) < 0.02)
    }

    @Test func `the seed decides, and no tensor's numbers are another's`() {
        func numbers(_ parameters: TrainableParameters) -> [Float] {
            withExtendedLifetime(parameters) { Array(parameters.values) }
        }
        #expect(numbers(started(seed: 3)) == numbers(started(seed: 3)))
        #expect(numbers(started(seed: 3)) != numbers(started(seed: 4)))
        let twice = TrainableParameters(
            ParameterLayout(["a", "b"].map { ParameterSpec($0, shape: [9], owner: .adapter, start: .uniform(bound: 1)) }))
        twice.start(seed: 1) { _, _, _ in false }
        let all = numbers(twice)
        #expect(all.prefix(9) != all.suffix(9))
    }
}
