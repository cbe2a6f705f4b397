import SearchSpaces
import Studies
import Testing

@testable import Strategies

struct FrontOrderTests {
    @Test func `Front comes after front, and nobody beyond those wanted is told apart`() {
        // Fronts: 3 and 1; 0 and 4; 2.
        let losses: [[Double]] = [[2, 3], [1, 4], [5, 5], [1, 1], [3, 2]].map { $0 == [1, 4] ? [0, 4] : $0 }
        #expect(FrontOrder.places(of: losses, first: 5) == [2, 0, 4, 1, 3])
        #expect(FrontOrder.places(of: losses, first: 2) == [2, 0, 2, 1, 2])
        #expect(FrontOrder.places(of: [], first: 3).isEmpty)
    }

    @Test func `Of a front that is too large those stay that cover the most`() {
        // Along a line: a crowd at one end, one in the middle, one at the other end.
        let crowd = (0..<5).map { [0.1 + 0.01 * Double($0), 9.9 - 0.01 * Double($0)] }
        let losses = crowd + [[5, 5], [10, 0]]
        let places = FrontOrder.places(of: losses, first: 2)
        #expect(places[5] < 2)
        #expect(places[..<5].count { $0 < 2 } <= 1)
    }

    private func standing(_ number: Int, _ loss: Double, _ others: [Double], _ state: Trial.State = .complete) -> Standing {
        Standing(
            Trial(id: Trial.ID(number), assignment: [:], state: state, reports: [Report(iter: 1, value: loss)]),
            goal: .minimize,
            others: others)
    }

    @Test func `Standings of one metric stay as they are`() {
        let standings = [standing(0, 3, []), standing(1, 1, [])]
        #expect(FrontOrder.ranked(standings, first: 1) == standings)
    }

    @Test func `What lacks a metric is worth nothing, and what is infeasible is in no front`() {
        #expect(standing(0, 1, [.nan]).tier == .worthless)
        #expect(standing(0, 1, [.infinity]).tier == .worthless)
        let broken = Standing(
            Trial(id: Trial.ID(0), assignment: [:], state: .complete, reports: [Report(iter: 1, value: 0)]), goal: .minimize,
            others: [0], violation: 1)
        let ranked = FrontOrder.ranked([broken, standing(1, 5, [5]), standing(2, 1, [1])], first: 3)
        #expect(ranked.map(\.loss) == [.infinity, 1, 0])
    }
}

struct HypervolumeTests {
    @Test func `Boxes are counted once where they overlap`() {
        #expect(Hypervolume.volume(of: [[1, 2]], reference: [3, 4]) == 4)
        #expect(Hypervolume.volume(of: [[0, 2], [2, 0]], reference: [3, 3]) == 5)
        #expect(Hypervolume.volume(of: [[0, 2], [2, 0], [2, 0], [2.5, 2.5]], reference: [3, 3]) == 5)
        #expect(Hypervolume.volume(of: [[4, 0]], reference: [3, 3]) == 0)
        #expect(Hypervolume.volume(of: [], reference: [3, 3]) == 0)
        // Two unit cubes' worth of corners: 2 x 2 x 1 + 1 x 2 x 2 less the common 1 x 2 x 1.
        #expect(Hypervolume.volume(of: [[0, 0, 1], [1, 0, 0]], reference: [2, 2, 2]) == 6)
    }

    /// By drawing points.
    @Test(arguments: [2, 3, 4]) func `The volume is the share of points that something dominates`(count: Int) {
        var generator = SeededGenerator(5, count)
        let points = (0..<8).map { _ in (0..<count).map { _ in generator.unit() } }
        let draws = 20_000
        let hits = (0..<draws).count { _ in
            let draw = (0..<count).map { _ in generator.unit() }
            return points.contains { point in zip(point, draw).allSatisfy { $0 <= $1 } }
        }
        let volume = Hypervolume.volume(of: points, reference: Array(repeating: 1, count: count))
        #expect(abs(volume - Double(hits) / Double(draws)) < 0.015)
    }

    /// Looking at every point in every round.
    @Test(arguments: [2, 3]) func `The greedy choice takes what adds the most each time`(count: Int) {
        var generator = SeededGenerator(9, count)
        // On a sphere, so that none dominates another.
        let points = (0..<25).map { _ in
            let place = (0..<count).map { _ in generator.unit() }
            let length = place.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return place.map { 1 - $0 / length }
        }
        let reference = Array(repeating: 1.1, count: count)
        var wanted: [Int] = []
        for _ in 0..<8 {
            let before = Hypervolume.volume(of: wanted.map { points[$0] }, reference: reference)
            let gains = points.indices.map { place in
                wanted.contains(place)
                    ? -1 : Hypervolume.volume(of: (wanted + [place]).map { points[$0] }, reference: reference) - before
            }
            wanted.append(gains.indices.max { gains[$0] < gains[$1] } ?? 0)
        }
        #expect(Hypervolume.choose(8, of: points, reference: reference) == wanted)
        #expect(Set(Hypervolume.choose(99, of: points, reference: reference)) == Set(points.indices))
    }
}
