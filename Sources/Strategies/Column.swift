import SearchSpaces

/// One parameter's values over all trials, as its kernels want them.
struct Column: Sendable {
    let kind: Kind

    enum Kind: Sendable {
        case numeric(NumericScale)
        /// The choices' prior probabilities.
        case categorical([Double])
        /// There is only one value.
        case fixed
    }

    /// By trial: a choice's index, or the place on a numeric parameter's axis; ``Point/absent`` where it is not there.
    private(set) var places: [Double] = []
    /// A numeric parameter's trials by rising place, those without it left out: sorting again each time is too slow.
    private(set) var rising: [Int32] = []

    init(_ distribution: Distribution) {
        if case .categorical(let values, let probabilities) = distribution, values.count > 1 {
            kind = .categorical(probabilities ?? values.map { _ in 1 / Double(values.count) })
        } else {
            kind = NumericScale(distribution).map(Kind.numeric) ?? .fixed
        }
    }

    /// Takes in the next trial.
    mutating func append(_ coordinate: Double) {
        guard case .numeric(let scale) = kind, coordinate != Point.absent else { return places.append(coordinate) }
        let place = scale.place(of: coordinate)
        var (first, last) = (0, rising.count)
        while first < last {
            let middle = (first + last) / 2
            if places[Int(rising[middle])] <= place { first = middle + 1 } else { last = middle }
        }
        rising.insert(Int32(places.count), at: first)
        places.append(place)
    }

    /// The kernels of some trials, by rising number.
    func kernels(of trials: [Int]) -> ParameterKernels {
        switch kind {
        case .fixed: return .fixed
        case .categorical(let probabilities):
            let observed = trials.map { places[$0] == Point.absent ? nil : Int(places[$0]) }
            return .categorical(CategoricalKernels(probabilities: probabilities, observed: observed))
        case .numeric(let scale):
            let observations = risingObservations(trials)
            let sorted = observations.map { places[trials[Int($0)]] }
            guard let step = scale.step else {
                return .continuous(
                    ContinuousKernels(scale, places: sorted, observations: observations, count: trials.count))
            }
            return .stepped(
                SteppedKernels(scale, step: step, places: sorted, observations: observations, count: trials.count))
        }
    }

    /// Where among some trials those stand that have the parameter, by rising place, equals by number.
    private func risingObservations(_ trials: [Int]) -> [Int32] {
        // To sort a few takes no longer than to look for them among all.
        guard trials.count * 16 > rising.count else {
            return trials.indices.filter { places[trials[$0]] != Point.absent }
                .sorted { (places[trials[$0]], $0) < (places[trials[$1]], $1) }.map { Int32($0) }
        }
        var isIn = [Bool](repeating: false, count: places.count)
        var positions = [Int32](repeating: 0, count: places.count)
        for (position, trial) in trials.enumerated() { (isIn[trial], positions[trial]) = (true, Int32(position)) }
        var observations: [Int32] = []
        observations.reserveCapacity(trials.count)
        for trial in rising where isIn[Int(trial)] { observations.append(positions[Int(trial)]) }
        return observations
    }
}
