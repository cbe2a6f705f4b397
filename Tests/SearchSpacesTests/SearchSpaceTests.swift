import SearchSpaces
import Testing
import TrainerSettings

struct SearchSpaceTests {
    /// An optimizer whose momentum, and whether that is Nesterov's, hang on earlier choices: 2 + 3 x (1 + 2) configurations.
    private let nested = SearchSpace([
        Parameter(
            name: "nesterov", distribution: .categorical([.bool(true), .bool(false)], probabilities: nil),
            condition: .init(parameter: "momentum", values: [.double(0.9)])),
        Parameter(
            name: "momentum", distribution: .categorical([.double(0), .double(0.9)], probabilities: nil),
            condition: .init(parameter: "optimizer", values: [.string("sgd")])),
        Parameter(name: "optimizer", distribution: .categorical([.string("adam"), .string("sgd")], probabilities: nil)),
        Parameter(name: "r", distribution: .intUniform(min: 1, max: 3)),
    ])

    @Test func `Parents come before those that hang on them`() {
        #expect(nested.parameters.map(\.name) == ["optimizer", "momentum", "nesterov", "r"])
    }

    /// Which parameter is drawn when decides what a seed gives.
    @Test(arguments: 0..<20) func `Of those that can be placed the one that stands first is next`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = (0..<12).map { "p\($0)" }
        // Each hangs on one that is before it in some other order.
        let order = names.map { ($0, generator.unit()) }.sorted { $0.1 < $1.1 }.map(\.0)
        let parameters = names.map { name -> Parameter in
            let earlier = order.prefix { $0 != name }
            let parent = generator.unit() < 0.6 ? earlier.randomElement(using: &generator) : nil
            return Parameter(
                name: name, distribution: .intUniform(min: 0, max: 1),
                condition: parent.map { .init(parameter: $0, values: [.int(1)]) })
        }
        var (placed, rest) = ([String](), parameters)
        while let next = rest.firstIndex(where: { $0.conditions.allSatisfy { placed.contains($0.parameter) } }) {
            placed.append(rest.remove(at: next).name)
        }
        #expect(placed.count == 12)
        #expect(SearchSpace(parameters).parameters.map(\.name) == placed)
    }

    @Test func `Every configuration is counted once`() {
        #expect(nested.size == 3 * (1 + 1 + 2))
        let all = (0..<12).map(nested.assignment(at:))
        #expect(Set(all).count == 12)
        for assignment in all {
            #expect((assignment["momentum"] != nil) == (assignment["optimizer"] == .string("sgd")))
            #expect((assignment["nesterov"] != nil) == (assignment["momentum"] == .double(0.9)))
            #expect(assignment["r"] != nil)
        }
    }

    @Test func `A sample is one of the configurations`() {
        let all = Set((0..<12).map(nested.assignment(at:)))
        var generator = SeededGenerator(seed: 1)
        let samples = Set((0..<500).map { _ in nested.sample(using: &generator) })
        #expect(samples == all)
    }

    @Test func `An infinite space has no size`() {
        #expect(SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))]).size == nil)
    }

    /// Enumerating the parents together would take 5 to the power of 20 steps.
    @Test func `Parents that have nothing to do with one another multiply`() {
        func pairs(_ count: Int) -> SearchSpace {
            SearchSpace(
                (0..<count).flatMap { number in
                    [
                        Parameter(name: "p\(number)", distribution: .intUniform(min: 1, max: 5)),
                        Parameter(
                            name: "c\(number)", distribution: .intUniform(min: 0, max: 3),
                            condition: .init(parameter: "p\(number)", values: [.int(1)])),
                    ]
                })
        }
        #expect(pairs(20).size == 1 << 60)
        #expect(pairs(22).size == .max)
        #expect(Set((0..<64).map { pairs(2).assignment(at: $0) }).count == 64)
    }

    @Test func `A size beyond an integer is the greatest integer`() {
        let wide = (0..<3).map { Parameter(name: "\($0)", distribution: .intUniform(min: 1, max: 1 << 40)) }
        #expect(SearchSpace(wide).size == .max)
    }

    @Test func `Limits allow what lies between them, ends included`() {
        let limits = Limits(min: 1, max: 3)
        #expect([0.9, 1, 2, 3, 3.1].map(limits.allow) == [false, true, true, true, false])
        #expect(Limits().allow(1e300))
        #expect(!limits.allow(.nan))
    }

    @Test(arguments: [
        (3, 1, 9, [1, 3]), (3, 2, 6, [2]), (2, 1, 16, [1, 2, 4, 8]), (3, 9, 9, []), (4, 1, 100, [1, 4, 16, 64]),
    ])
    func `Rungs rise by eta below the maximum`(eta: Int, minimum: Int, maximum: Int, expected: [Int]) {
        #expect(EarlyTermination.Rungs(eta: eta, minimum: minimum, maximum: maximum).milestones == expected)
    }

    @Test func `Not a number is preferred to nothing`() {
        #expect(Goal.maximize.prefers(2, to: 1))
        #expect(Goal.minimize.prefers(1, to: 2))
        #expect(Goal.maximize.prefers(-1, to: .nan))
        #expect(!Goal.minimize.prefers(.nan, to: 5))
        for goal in Goal.allCases {
            for value in [Double.nan, .infinity, -.infinity] {
                #expect(!goal.prefers(value, to: 5) && goal.prefers(5, to: value) && !goal.prefers(value, to: .nan))
            }
        }
        #expect(!Goal.maximize.prefers(1, to: 1))
    }
}
