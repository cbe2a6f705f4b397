import Controller
import Testing

struct StudyClockTests {
    @Test(arguments: [(0.0, 500.0, 500.0), (900.0, 500.0, 900.0), (0.0, -1000.0, 0.0), (900.0, -1000.0, 900.0)])
    func `a study's clock begins no earlier than its latest time and goes on evenly`(last: Double, wall: Double, begin: Double)
    {
        let start = ContinuousClock.now
        let clock = StudyClock(after: last, wall: wall, start: start)
        #expect(clock.time(at: start) == begin)
        #expect(clock.time(at: start + .seconds(2.5)) == begin + 2.5)
    }
}
