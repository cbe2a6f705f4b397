import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

/// Parameters that hang on several others, and on numbers.
struct ConditionTests {
    private static let choices: [Distribution] = [
        .categorical([.int(4), .int(8), .int(16)], probabilities: nil), .intUniform(min: 1, max: 4),
        .quantizedUniform(min: 0, max: 1, q: 0.5), .categorical([.string("a"), .double(2.5)], probabilities: nil),
        .constant(.int(8)),
    ]

    private static func conditions(on earlier: [Parameter], using generator: inout SeededGenerator) -> [Parameter.Condition] {
        earlier.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator)).map { parent in
            let value = parent.distribution.value(at: Int.random(in: 0..<(parent.distribution.count ?? 1), using: &generator))
            guard let number = value.number, Bool.random(using: &generator) else {
                return .init(parameter: parent.name, values: [value])
            }
            return .init(
                parameter: parent.name, .range(Bool.random(using: &generator) ? Limits(min: number) : Limits(max: number)))
        }
    }

    private static func space(_ seed: Int) -> SearchSpace {
        var generator = SeededGenerator(seed: UInt64(seed))
        var parameters: [Parameter] = []
        for index in 0..<7 {
            let distribution = choices.randomElement(using: &generator) ?? choices[0]
            parameters.append(
                Parameter(
                    name: "p\(index)", distribution: distribution, conditions: conditions(on: parameters, using: &generator)))
        }
        return SearchSpace(parameters.shuffled(using: &generator))
    }

    /// By trying every value of every parameter that is there.
    private static func all(of space: SearchSpace) -> Set<Assignment> {
        var all: Set<Assignment> = [[:]]
        for parameter in space.parameters {
            var next: Set<Assignment> = []
            for assignment in all {
                guard space.isActive(parameter, in: assignment) else {
                    next.insert(assignment)
                    continue
                }
                for index in 0..<(parameter.distribution.count ?? 0) {
                    var longer = assignment
                    longer[parameter.name] = parameter.distribution.value(at: index)
                    next.insert(longer)
                }
            }
            all = next
        }
        return all
    }

    @Test(arguments: 0..<60) func `every configuration is counted once, whatever hangs on what`(seed: Int) throws {
        let space = Self.space(seed)
        let all = Self.all(of: space)
        #expect(space.size == all.count)
        #expect(Set((0..<all.count).map(space.assignment(at:))) == all)
    }

    @Test func `a condition names several parameters, all of which must hold`() throws {
        let space = try parse(
            sweep("a: {values: [x, y]}\nb: {values: [1, 2, 3]}\np: {when: {a: x, b: [2, 3]}, values: [5, 6]}")
        ).specification.space
        #expect(space.size == 6 + 2)
        for index in 0..<8 {
            let assignment = space.assignment(at: index)
            #expect((assignment["p"] != nil) == (assignment["a"] == .string("x") && assignment["b"] != .int(1)))
        }
    }

    @Test func `a condition names a range of a number`() throws {
        let file = try parse(
            sweep(
                "r: {values: [4, 8, 16, 32]}\nn: {min: 1, max: 1000000000}\nx: {min: 0.0, max: 1.0}\n"
                    + "p: {when: {r: {min: 16}}, values: [1, 2]}\nq: {when: {n: {max: 10}, x: {min: 0.5, max: 0.6}}, value: 3}")
        )
        let space = file.specification.space
        let (p, q) = (try #require(space["p"]), try #require(space["q"]))
        #expect([4, 8, 16, 32].map { space.isActive(p, in: ["r": .int($0)]) } == [false, false, true, true])
        #expect(space.isActive(q, in: ["n": .int(10), "x": .double(0.55)]))
        #expect(!space.isActive(q, in: ["n": .int(11), "x": .double(0.55)]))
        #expect(!space.isActive(q, in: ["n": .int(10), "x": .double(0.7)]))
        let rows = SpaceDescription(file.specification).parameters.map(\.values)
        #expect(rows.contains("1, 2 when r is at least 16"))
        #expect(rows.contains("3 when n is at most 10 and x is from 0.5 to 0.6"))
    }

    @Test func `a parameter of very many values is not gone through one by one`() throws {
        let space = try parse(
            sweep(
                "n: {min: 1, max: 1000000000}\np: {when: {n: {min: 11}}, values: [1, 2]}\nq: {when: {n: 5}, values: [1, 2, 3]}")
        ).specification.space
        #expect(space.size == 10 + 2 + 2 * 999_999_990)
        #expect(space.assignment(at: 4) == ["n": .int(5), "q": .int(1)])
        #expect(space.assignment(at: (space.size ?? 0) - 1) == ["n": .int(1_000_000_000), "p": .int(2)])
    }

    @Test func `conditions that exclude one another are refused where they stand`() {
        let parameters = "a: {values: [x, y]}\nb: {when: {a: y}, values: [1, 2]}\np: {when: {a: x, b: 1}, value: 3}"
        #expect(
            refusal(sweep(parameters)) == "space.yaml:6:13: 'p' is never there: no configuration has all that it hangs on "
                + "(a is x and b is 1)")
    }

    @Test(.timeLimit(.minutes(5))) func `conditions that hang together in too many ways are refused`() {
        let parents = (0..<24).map { "p\($0): {values: [1, 2, 3]}" }
        let children = (0..<23).map { "c\($0): {when: {p\($0): 1, p\($0 + 1): [1, 2]}, value: 1}" }
        let said = refusal(
            sweep((parents + children + ["z: {when: {p0: 3, p11: 2, p23: 1}, value: 1}"]).joined(separator: "\n")))
        #expect(said?.contains("hang together in too many ways") == true, "\(said ?? "accepted")")
    }

    @Test func `enqueued configurations are held to all conditions`() throws {
        let space = "a: {values: [x, y]}\nr: {values: [4, 16]}\np: {when: {a: x, r: {min: 8}}, values: [1, 2]}\n"
        let file = try parse(sweep(space) + "enqueue: [{a: x, r: 16, p: 2}]\n")
        #expect(file.specification.enqueued == [["a": .string("x"), "r": .int(16), "p": .int(2)]])
        #expect(
            refusal(sweep(space) + "enqueue: [{a: x, r: 4, p: 2}]\n")
                == "space.yaml:7:24: 'p' is there only when r is at least 8, and here it is 4")
        #expect(
            refusal(sweep(space) + "enqueue: [{r: 16, p: 2}]\n")
                == "space.yaml:7:19: 'p' is there only when a is x; give 'a' too")
    }
}
