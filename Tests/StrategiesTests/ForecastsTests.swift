import SearchSpaces
import Studies
import Testing

@testable import Strategies

/// What trials are taken for that have not been trained as long as the others.
@Suite struct ForecastsTests {
    @Test func `A loss is known where the trial is complete, or where none has gone on longer`() {
        let forecasts = Forecasts([curve([3, 2, 1]), curve([5, 4, 4]), curve([7, 6, 5], state: .paused)])
        #expect(forecasts.losses == [1, 4, 5])
        #expect(forecasts.sigmas == [0, 0, 0])
    }

    @Test func `What waits at a rung is expected to improve as those did that went on from there`() {
        let promoted = (0..<6).map { curve([10 + Double($0), 4 + Double($0)]) }
        let forecasts = Forecasts(promoted + [curve([12.5], state: .paused)])
        #expect(abs(forecasts.losses[6] - 6.5) < 0.7)
        #expect(forecasts.sigmas[6] > 0)
    }

    @Test func `A promoted trial that disappoints comes after one that waits where its likes did well`() {
        let good = (0..<6).map { curve([10 + Double($0), 2 + Double($0) / 10]) }
        let bad = curve([9, 8.9])
        let waiting = curve([13], state: .paused)
        let losses = Forecasts(good + [bad, waiting]).losses
        #expect(losses[7] < losses[6])
    }

    @Test func `Among those that wait at one rung the better stays the better`() {
        let promoted = [curve([4, 3, 1]), curve([5, 4, 3]), curve([3, 3, 3])]
        let waiting = [1.0, 2, 30, 31, 1e12, 1e13].map { curve([$0], state: .paused) }
        let losses = Forecasts(promoted + waiting).losses.suffix(6)
        #expect(Array(losses) == losses.sorted())
        #expect(Set(losses).count == 6)
    }

    @Test func `The more alike those did that went on, the surer a forecast is`() {
        func sigma(_ spread: Double) -> Double {
            let promoted = (0..<20).map { curve([10 + Double($0), 5 + Double($0) + ($0 % 2 == 0 ? spread : -spread)]) }
            return Forecasts(promoted + [curve([20], state: .pruned)]).sigmas[20]
        }
        #expect(sigma(0) < sigma(2))
        #expect(sigma(2) < sigma(4.5))
    }

    @Test func `Numbers without bound, none at all and equal ones are borne`() {
        let curves = [
            curve([1, .nan]), curve([.nan], state: .paused), curve([], state: .running), curve([1e308], state: .paused),
            curve([-1e308, -1e308]), curve([2], state: .pruned), curve([.infinity, 3]),
        ]
        let forecasts = Forecasts(curves)
        #expect(forecasts.losses.map(\.isNaN) == curves.map { _ in false })
        #expect(forecasts.losses[1] == .infinity && forecasts.losses[2] == .infinity)
        #expect(forecasts.sigmas.allSatisfy { !$0.isNaN })
        let equal = Forecasts([curve([1, 1]), curve([1], state: .paused), curve([1], state: .paused)])
        #expect(equal.losses == [1, 1, 1])
    }

    @Test func `Of many places where trials were stopped some are looked at`() {
        let curves = (1...300).map { length in
            curve((0..<length).map { 100 / Double($0 + 1) }, state: length == 300 ? .complete : .pruned)
        }
        let losses = Forecasts(curves).losses
        #expect(losses[149] < 100.0 / 150)
        #expect(abs(losses[149] - 100.0 / 300) < 1)
    }

    @Test func `A failed trial's reports teach nothing`() {
        let failed = curve([1, 1], state: .failed)
        #expect(failed.steps.isEmpty && failed.last == 0)
    }

    private func curve(_ losses: [Double], state: Trial.State = .complete) -> Curve {
        let reports = losses.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) }
        return Curve(Trial(id: Trial.ID(0), assignment: [:], state: state, reports: reports), goal: .minimize)
    }
}
