/// Reads `early_terminate`.
struct EarlyTerminationReader {
    private static let types = ["none", "median", "successive_halving", "asha"]
    private static let rungKeys = ["eta", "min_iter", "max_iter"]
    /// Hyperband's in W&B.
    private static let otherKeys = ["s", "strict"]

    let section: Section

    /// - Parameter value: of the key `early_terminate`.
    init(_ value: LocatedValue) throws(SpaceFileError) {
        section = try Section(
            value, named: "early_terminate", allowed: ["type"] + Self.rungKeys + ["startup_trials"] + Self.otherKeys)
    }

    /// - Parameter reports: that a full trial makes, where that is known; the default of max_iter.
    func termination(reports: Int?) throws(SpaceFileError) -> EarlyTermination {
        let type = try section.required("type", "one of " + Self.types.joined(separator: ", "))
        switch try type.text() {
        case "none":
            try refuse(keysOtherThan: [], for: "none")
            return .none
        case "median":
            try refuse(keysOtherThan: ["min_iter", "startup_trials"], for: "median")
            return .median(warmUp: try integer("min_iter", 1) - 1, startUpTrials: try integer("startup_trials", 5))
        case "successive_halving":
            try refuse(keysOtherThan: Self.rungKeys, for: "successive_halving")
            return .successiveHalving(try rungs(reports))
        case "asha":
            try refuse(keysOtherThan: Self.rungKeys, for: "asha")
            return .asha(try rungs(reports))
        case "hyperband":
            throw .notAvailable("hyperband", at: type.position, instead: "; asha takes eta, min_iter and max_iter")
        case let other: throw .unknown("type", other, at: type.position, allowed: Self.types)
        }
    }

    private func refuse(keysOtherThan keys: [String], for type: String) throws(SpaceFileError) {
        for key in section.keys where key != "type" && !keys.contains(key) {
            let takes = keys.isEmpty ? "nothing" : keys.joined(separator: ", ")
            throw SpaceFileError(at: section.position(of: key), "'\(key)' does not go with \(type), which takes \(takes)")
        }
    }

    private func rungs(_ reports: Int?) throws(SpaceFileError) -> EarlyTermination.Rungs {
        let minimum = try integer("min_iter", 1)
        guard let maximum = try section.integer("max_iter", atLeast: 1) ?? reports else {
            throw SpaceFileError(at: section.position, "early_terminate lacks 'max_iter'; expected the reports of a full trial")
        }
        guard minimum < maximum else {
            throw SpaceFileError(
                at: (section["min_iter"] ?? section["max_iter"])?.position ?? section.position,
                "min_iter \(minimum) is not below max_iter \(maximum)")
        }
        return .init(eta: try integer("eta", 3, atLeast: 2), minimum: minimum, maximum: maximum)
    }

    private func integer(_ key: String, _ standard: Int, atLeast least: Int = 1) throws(SpaceFileError) -> Int {
        try section.integer(key, atLeast: least) ?? standard
    }
}
