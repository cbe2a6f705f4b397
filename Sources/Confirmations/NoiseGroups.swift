import Glibc

/// Who has a noise of its own: whose values differ from seed to seed so much more than the others' that one noise for all cannot be.
///
/// With two to five seeds a candidate's own variance is hardly known, so that all share one, of many more degrees of freedom, unless an
/// F test refuses that (Bancroft, "On Biases in Estimation Due to the Use of Preliminary Tests of Significance", 1944). Only more noise
/// than the others have is looked for: few values are often close to each other by chance, and mostly one collapses where most do not.
/// So at most half are taken out.
struct NoiseGroups {
    /// How often somebody is taken out though all have the same noise.
    static let mistake = 0.01

    private(set) var own: Set<Int> = []
    private let values: [[Int: Double]]
    /// Less than this no variance is taken for.
    private let rounding: Double

    /// - Parameter values: by candidate and seed.
    init(_ values: [[Int: Double]]) {
        self.values = values
        let step = ValueRow.roundingDeviation(values.flatMap(\.values))
        rounding = step * step
        while let found = noisiest ?? noisiestBesideSeeds { own.formUnion(found) }
    }

    private var left: [Int] { values.indices.filter { !own.contains($0) && values[$0].count > 1 } }

    /// How many may yet be taken out.
    private var room: Int { values.count / 2 - own.count }

    /// Those with the greatest variances, as many as together stand out most; nil: nobody does.
    private var noisiest: [Int]? {
        let rows = left.map { (candidate: $0, row: ValueRow(Array(values[$0].values))) }
            .sorted { $0.row.variance > $1.row.variance }
        var best: (count: Int, chance: Double)?
        for count in 1..<max(1, min(room + 1, rows.count)) {
            let (few, rest) = (rows.prefix(count).map(\.row), rows.dropFirst(count).map(\.row))
            let digit = rest.map(\.digit).max() ?? 0
            // As many ways there are to pick so many.
            let chance = Self.ways(count, of: rows.count) * chance(Self.total(few, 0), Self.total(rest, digit))
            if chance < best?.chance ?? Self.mistake { best = (count, chance) }
        }
        return best.map { rows.prefix($0.count).map(\.candidate) }
    }

    /// Where seeds move all candidates together, that is most of each one's variance, and hides what is its own. So each is also looked
    /// at beside what the others tell of the seeds; nil: nobody stands out.
    private var noisiestBesideSeeds: [Int]? {
        let left = left
        guard room > 0, left.count > 2 else { return nil }
        var best: (candidate: Int, chance: Double)?
        for candidate in left {
            let others = left.filter { $0 != candidate }
            let effects = SeedEffects(others.map { values[$0] })
            guard effects.freedom > 1 else { continue }
            let apart = ValueRow(values[candidate].compactMap { seed, value in effects.bySeed[seed].map { value - $0 } })
            guard apart.freedom > 0 else { continue }
            // What the others tell of a seed has noise of its own.
            let squares = apart.squares / (1 + 1 / Double(others.count))
            let chance =
                Double(left.count) * chance((squares, apart.freedom), (effects.squares, effects.freedom))
            if chance < best?.chance ?? Self.mistake { best = (candidate, chance) }
        }
        return best.map { [$0.candidate] }
    }

    private typealias Squares = (sum: Double, freedom: Int)

    private static func total(_ rows: [ValueRow], _ digit: Double) -> Squares {
        let freedom = rows.reduce(0) { $0 + $1.freedom }
        return (max(rows.reduce(0) { $0 + $1.squares }, Double(freedom) * digit * digit), freedom)
    }

    /// That the first are so much greater though the variance is the same.
    private func chance(_ few: Squares, _ rest: Squares) -> Double {
        guard few.freedom > 0, rest.freedom > 0, few.sum > 0 else { return 1 }
        let ratio = few.sum / Double(few.freedom) / max(rest.sum / Double(rest.freedom), rounding)
        return StudentT.tail(ofRatio: ratio, Double(few.freedom), Double(rest.freedom))
    }

    private static func ways(_ count: Int, of whole: Int) -> Double {
        (0..<count).reduce(1) { $0 * Double(whole - $1) / Double($1 + 1) }
    }
}

/// What each seed does to all of some candidates: least squares of candidate and seed.
struct SeedEffects {
    private(set) var bySeed: [Int: Double] = [:]
    /// What is left.
    let squares: Double
    let freedom: Int

    init(_ rows: [[Int: Double]]) {
        let seeds = Set(rows.flatMap(\.keys))
        var effects = Dictionary(uniqueKeysWithValues: seeds.map { ($0, 0.0) })
        var means = rows.map { ValueRow(Array($0.values)).mean }
        // In turns: it converges fast, as nearly all have the same seeds.
        for _ in 0..<30 {
            for seed in seeds {
                effects[seed] = ValueRow(zip(rows, means).compactMap { row, mean in row[seed].map { $0 - mean } }).mean
            }
            means = rows.map { row in ValueRow(row.map { $1 - (effects[$0] ?? 0) }).mean }
        }
        bySeed = effects
        let digit = rows.map { ValueRow(Array($0.values)).digit }.max() ?? 0
        let freedom = rows.reduce(0) { $0 + $1.count } - rows.count - max(0, seeds.count - 1)
        let left = zip(rows, means).reduce(0.0) { sum, row in
            row.0.reduce(sum) { sum, cell in
                let error = cell.value - row.1 - (effects[cell.key] ?? 0)
                return sum + error * error
            }
        }
        (squares, self.freedom) = (max(left, Double(max(0, freedom)) * digit * digit), freedom)
    }
}
