import SearchSpaces
import TrainerSettings

/// Reads `early_terminate`.
struct EarlyTerminationReader {
    private static let types = ["none", "median", "successive_halving", "hyperband", "asha"]
    private static let rungKeys = ["eta", "min_iter", "max_iter"]

    let section: Section

    /// - Parameter value: of the key `early_terminate`.
    init(_ value: LocatedValue) throws(SpaceFileError) {
        let others = ["startup_trials", "brackets", "s", "strict"]
        section = try Section(value, named: "early_terminate", allowed: ["type"] + Self.rungKeys + others)
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
            return .median(warmUp: try count("min_iter", 1) - 1, startUpTrials: try count("startup_trials", 5))
        case "successive_halving":
            try refuse(keysOtherThan: Self.rungKeys, for: "successive_halving")
            return .successiveHalving(try rungs(maximum: try maximum(reports)))
        case "hyperband":
            try refuse(keysOtherThan: Self.rungKeys + ["s", "strict"], for: "hyperband")
            return .hyperband(try hyperbandRungs(reports))
        case "asha":
            try refuse(keysOtherThan: Self.rungKeys + ["brackets"], for: "asha")
            let rungs = try rungs(maximum: try maximum(reports))
            return .asha(rungs, brackets: try brackets(of: rungs))
        case let other: throw .unknown("type", other, at: type.position, allowed: Self.types)
        }
    }

    private func refuse(keysOtherThan keys: [String], for type: String) throws(SpaceFileError) {
        for key in section.keys where key != "type" && !keys.contains(key) {
            let takes = keys.isEmpty ? "nothing" : keys.joined(separator: ", ")
            throw SpaceFileError(at: section.position(of: key), "'\(key)' does not go with \(type), which takes \(takes)")
        }
    }

    private func maximum(_ reports: Int?) throws(SpaceFileError) -> Int {
        guard let maximum = try section.count("max_iter", atLeast: 1) ?? reports else {
            throw SpaceFileError(at: section.position, "early_terminate lacks 'max_iter'; expected the reports of a full trial")
        }
        return maximum
    }

    /// W&B's forms: `min_iter` alone, with rungs without end, or `max_iter` with `s`, which counts the rungs below it.
    private func hyperbandRungs(_ reports: Int?) throws(SpaceFileError) -> EarlyTermination.Rungs {
        if let strict = section["strict"], ![.bool(true), .bool(false)].contains(strict.value) {
            throw strict.expected("true or false")
        }
        let maximum = try section.count("max_iter", atLeast: 1) ?? reports
        guard let s = try section.count("s", atLeast: 1), section["min_iter"] == nil else {
            return try rungs(maximum: maximum)
        }
        guard let maximum else { return try rungs(maximum: try self.maximum(nil)) }
        let eta = try eta
        var minimum = maximum
        for _ in 0..<s where minimum > 0 { minimum /= eta }
        guard minimum > 0 else {
            throw SpaceFileError(
                at: section["s"]?.position ?? section.position,
                "s \(s) leaves no report for the lowest rung: max_iter \(maximum) divided by eta \(eta) to the power of s is below 1"
            )
        }
        return .init(eta: eta, minimum: minimum, maximum: maximum)
    }

    private func rungs(maximum: Int?) throws(SpaceFileError) -> EarlyTermination.Rungs {
        let minimum = try count("min_iter", 1)
        guard minimum < maximum ?? .max else {
            throw SpaceFileError(
                at: (section["min_iter"] ?? section["max_iter"])?.position ?? section.position,
                "min_iter \(minimum) is not below max_iter \(maximum ?? .max)")
        }
        return .init(eta: try eta, minimum: minimum, maximum: maximum)
    }

    /// One in eta goes on, so it is taken as a whole number where W&B's need not be one.
    private var eta: Int {
        get throws(SpaceFileError) {
            if let number = section["eta"]?.value.number, number > 1, number < 1e9, number != number.rounded() {
                return max(2, Int(number.rounded()))
            }
            return try count("eta", 3, atLeast: 2)
        }
    }

    private func brackets(of rungs: EarlyTermination.Rungs) throws(SpaceFileError) -> Int {
        let brackets = try count("brackets", 1)
        let most = rungs.milestones.count + 1
        guard brackets <= most else {
            throw SpaceFileError(
                at: section["brackets"]?.position ?? section.position,
                "\(brackets) brackets for \(most - 1) rungs; at most \(most), the last of which stops nobody")
        }
        return brackets
    }

    private func count(_ key: String, _ standard: Int, atLeast least: Int = 1) throws(SpaceFileError) -> Int {
        try section.count(key, atLeast: least) ?? standard
    }
}
