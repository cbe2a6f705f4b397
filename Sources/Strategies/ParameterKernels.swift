import SearchSpaces

/// One parameter's part of a mixture: a kernel for each observation and, last, the prior.
enum ParameterKernels: Sendable {
    case continuous(ContinuousKernels)
    case stepped(SteppedKernels)
    case categorical(CategoricalKernels)
    /// A parameter with one value says nothing.
    case fixed

    /// A coordinate drawn from an observation's kernel; the observation after the last is the prior.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double? {
        switch self {
        case .continuous(let kernels): kernels.draw(observation, using: &generator)
        case .stepped(let kernels): kernels.draw(observation, using: &generator)
        case .categorical(let kernels): kernels.draw(observation, using: &generator)
        case .fixed: nil
        }
    }

    /// Adds the logarithms of the kernels' densities at a coordinate.
    ///
    /// - Parameters:
    ///   - sums: [observations + 1]
    ///   - memory: of this parameter; candidates share the coordinates of stepped and categorical ones.
    func addLogDensities(at coordinate: Double, to sums: inout [Double], remembering memory: inout Memory) {
        switch self {
        case .continuous(let kernels): kernels.addLogDensities(at: coordinate, to: &sums)
        case .stepped(let kernels):
            let table = memory.table(at: coordinate) { kernels.logMasses(at: coordinate) }
            Self.add(table, at: kernels.kernels, to: &sums)
        case .categorical(let kernels):
            let table = memory.table(at: coordinate) { kernels.logProbabilities(of: Int(coordinate)) }
            Self.add(table, at: kernels.kernels, to: &sums)
        case .fixed: break
        }
    }

    private static func add(_ table: [Double], at places: [Int32], to sums: inout [Double]) {
        table.withUnsafeBufferPointer { table in
            places.withUnsafeBufferPointer { places in
                sums.withUnsafeMutableBufferPointer { sums in
                    for index in places.indices { sums[index] += table[Int(places[index])] }
                }
            }
        }
    }

    /// The tables of coordinates that have been looked at.
    struct Memory {
        private var known: [(coordinate: Double, table: [Double])] = []

        mutating func table(at coordinate: Double, make: () -> [Double]) -> [Double] {
            if let found = known.first(where: { $0.coordinate == coordinate }) { return found.table }
            let table = make()
            known.append((coordinate, table))
            return table
        }
    }
}
