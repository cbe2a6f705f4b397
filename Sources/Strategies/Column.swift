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

    /// The kernels of some trials.
    ///
    /// - Parameters:
    ///   - trials: whose, rising.
    ///   - positions: by trial, where it stands among them; -1 where it does not.
    func kernels(of trials: [Int], positions: [Int32]) -> ParameterKernels {
        switch kind {
        case .fixed: return .fixed
        case .categorical(let probabilities):
            let observed = trials.map { places[$0] == Point.absent ? nil : Int(places[$0]) }
            return .categorical(CategoricalKernels(probabilities: probabilities, observed: observed))
        case .numeric(let scale):
            var sorted: (places: [Double], observations: [Int32]) = ([], [])
            sorted.places.reserveCapacity(trials.count)
            sorted.observations.reserveCapacity(trials.count)
            for trial in rising where positions[Int(trial)] >= 0 {
                sorted.places.append(places[Int(trial)])
                sorted.observations.append(positions[Int(trial)])
            }
            guard let step = scale.step else {
                return .continuous(
                    ContinuousKernels(
                        scale, places: sorted.places, observations: sorted.observations, count: trials.count))
            }
            return .stepped(
                SteppedKernels(
                    scale, step: step, places: sorted.places, observations: sorted.observations, count: trials.count))
        }
    }
}
