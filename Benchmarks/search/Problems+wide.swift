import SearchSpaces
import TrainerSettings

extension Problem {
    /// Not among the usual ones: they are what the limits of `auto` were set by.
    static let wide = [embedded(20), embedded(40), full(20), full(40)]

    /// Hartmann6 in the first six of many dimensions, the others without any effect.
    static func embedded(_ dimensions: Int) -> Problem {
        Problem(
            name: "hartmann6-in-\(dimensions)",
            space: SearchSpace(
                (0..<dimensions).map { Parameter(name: "x\($0)", distribution: .uniform(min: 0, max: 1)) }),
            least: hartmann6.least, value: hartmann6.value)
    }

    /// Many parameters that all count, by turns numbers, whole numbers and choices; the later, the less.
    static func full(_ dimensions: Int) -> Problem {
        let space = SearchSpace(
            (0..<dimensions).map { place in
                let distribution: Distribution =
                    switch place % 4 {
                    case 0, 1: .uniform(min: 0, max: 1)
                    case 2: .intUniform(min: 0, max: 8)
                    default: .categorical(["a", "b", "c"].map { .string($0) }, probabilities: nil)
                    }
                return Parameter(name: "x\(place)", distribution: distribution)
            })
        return Problem(name: "all-of-\(dimensions)", space: space, least: 0) { assignment in
            (0..<dimensions).reduce(0) { sum, place in
                let value = assignment["x\(place)"]
                let best = 0.2 + 0.6 * Double(place * 7 % 10) / 10
                let distance =
                    switch place % 4 {
                    case 0, 1: (value?.number ?? .nan) - best
                    case 2: ((value?.number ?? .nan) - (8 * best).rounded()) / 8
                    default: value?.text == ["a", "b", "c"][place % 3] ? 0 : 0.4
                    }
                return sum + distance * distance / (1 + Double(place) / 10)
            }
        }
    }
}
