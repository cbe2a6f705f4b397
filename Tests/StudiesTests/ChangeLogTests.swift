import SearchSpaces
import Studies
import Testing

struct ChangeLogTests {
    private func history(_ count: Int) -> History {
        History(goal: .minimize, trials: (0..<count).map { Trial(id: Trial.ID($0), assignment: [:]) })
    }

    private func change(_ number: Int, in history: inout History) { history[Trial.ID(number)].launches += 1 }

    @Test func `who has seen nothing has to look at all`() {
        #expect(history(3).changes.places(since: nil) == nil)
    }

    @Test func `changed and new trials are named once, by rising number`() {
        var history = history(3)
        let mark = history.changes.mark
        #expect(history.changes.places(since: mark) == [])
        for number in [2, 0, 2, 2] { change(number, in: &history) }
        history.add(Trial(id: Trial.ID(3), assignment: [:]))
        #expect(history.changes.places(since: mark) == [0, 2, 3])
        let later = history.changes.mark
        #expect(history.changes.places(since: later) == [])
        change(1, in: &history)
        #expect(history.changes.places(since: later) == [1])
        #expect(history.changes.places(since: mark) == [0, 1, 2, 3])
    }

    @Test func `what confirms is no change of the search`() {
        var history = history(2)
        let mark = history.changes.mark
        var confirmation = Trial(id: Trial.ID(2), assignment: [:])
        confirmation.purpose = .confirm(of: Trial.ID(0), seed: 1)
        history.add(confirmation)
        change(2, in: &history)
        #expect(history.changes.places(since: mark) == [])
    }

    @Test func `a gap in the numbers makes no gap in the places`() {
        var history = History(
            goal: .minimize, trials: [0, 1, 4].map { Trial(id: Trial.ID($0), assignment: [:]) })
        let mark = history.changes.mark
        change(4, in: &history)
        #expect(history.changes.places(since: mark) == [2])
        #expect(history.place(of: Trial.ID(4)) == 2)
        #expect(history.place(of: Trial.ID(3)) == nil)
    }

    @Test func `two that went on apart are told from each other`() {
        var one = history(2)
        let before = one.changes.mark
        var other = one
        change(0, in: &one)
        change(1, in: &other)
        #expect(one.changes.places(since: before) == [0])
        #expect(other.changes.places(since: before) == [1])
        #expect(other.changes.places(since: one.changes.mark) == nil)
        #expect(one.changes.places(since: other.changes.mark) == nil)
        #expect(history(2).changes.places(since: before) == nil)
    }

    @Test func `whoever changes the trials as a whole has all looked at again`() {
        var history = history(3)
        let mark = history.changes.mark
        history.trials[1].state = .failed
        #expect(history.changes.places(since: mark) == nil)
        #expect(history.changes.places(since: history.changes.mark) == [])
    }

    @Test func `who is far behind looks at all, and the log does not grow without end`() {
        var history = history(10)
        let first = history.changes.mark
        var marks: [(ChangeLog.Mark, last: Int)] = []
        for step in 0..<5000 {
            change(step % 10, in: &history)
            marks.append((history.changes.mark, step))
        }
        #expect(history.changes.places(since: first) == nil)
        #expect(history.changes.places(since: marks[3000].0) == nil)
        for (mark, last) in marks.suffix(400) {
            #expect(history.changes.places(since: mark) == Set((last + 1..<5000).map { $0 % 10 }).sorted())
        }
    }

    @Test func `how a history came about makes no difference between two`() {
        var one = history(2)
        change(0, in: &one)
        var other = History(goal: .minimize, trials: one.trials)
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        change(0, in: &other)
        #expect(one != other)
    }

    @Test func `it is known whether anything runs`() {
        var history = history(2)
        #expect(!history.isRunning)
        history[Trial.ID(0)].state = .running
        history.add(Trial(id: Trial.ID(2), assignment: [:], state: .running))
        #expect(history.isRunning)
        history[Trial.ID(0)].state = .complete
        #expect(history.isRunning)
        history[Trial.ID(2)].state = .paused
        #expect(!history.isRunning)
        history.trials[1].state = .running
        #expect(history.isRunning)
        history.trials.removeAll()
        #expect(!history.isRunning)
        #expect(History(goal: .minimize, trials: [Trial(id: Trial.ID(0), assignment: [:], state: .running)]).isRunning)
    }
}
