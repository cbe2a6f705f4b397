import SearchSpaces
import Studies
import Testing

@testable import Schedulers

struct RankedTrialsTests {
    @Test(arguments: [Goal.minimize, .maximize])
    func `thousands that come and go stay in order`(goal: Goal) {
        var generator = SeededGenerator(7)
        var known: [RankedTrials.Member] = []
        var ranked = RankedTrials()
        for step in 0..<6000 {
            // It grows to some thousands, and shrinks to nothing in the end.
            if known.isEmpty || step < 4000 && generator.unit() < 0.8 {
                let value = (generator.unit() * 500).rounded()
                let member = RankedTrials.Member(
                    merit: Merit(violation: generator.unit() < 0.1 ? 1 : 0, value: value), place: Int32(step))
                ranked.insert(member, by: goal)
                known.append(member)
            } else {
                ranked.remove(known.remove(at: Int(generator.next() % UInt64(known.count))), by: goal)
            }
            guard step % 250 == 0 || known.count < 3 else { continue }
            known.sort { $0.isAhead(of: $1, by: goal) }
            #expect(ranked.members.map(\.place) == known.map(\.place) && ranked.count == known.count)
            #expect(ranked.first?.place == known.first?.place)
            for rank in stride(from: 0, to: known.count, by: 97) {
                #expect(ranked[rank].place == known[rank].place)
                #expect(ranked.rank(of: known[rank], by: goal) == rank)
            }
            #expect(RankedTrials(known.reversed(), by: goal).members.map(\.place) == known.map(\.place))
        }
        #expect(ranked.rank(of: .init(merit: Merit(violation: 2, value: 0), place: 0), by: goal) == ranked.count)
    }
}
