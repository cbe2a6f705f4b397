import SearchSpaces
import TrainerSettings

/// Reads `confirm`: how the study's best are retrained with further seeds once all have run.
struct ConfirmationReader {
    let root: Section
    /// Reads a configuration of the study's space.
    let configurations: FirstTrialsReader

    func settings() throws(SpaceFileError) -> ConfirmationSettings? {
        guard let value = root["confirm"] else { return nil }
        let section = try Section(value, named: "confirm", allowed: ["top", "seeds", "baseline"])
        return ConfirmationSettings(
            top: try count("top", in: section, atLeast: 1) ?? ConfirmationSettings.defaultTop,
            seeds: try count("seeds", in: section, atLeast: ConfirmationSettings.fewestSeeds)
                ?? ConfirmationSettings.defaultSeeds,
            baseline: try section["baseline"].map(baseline) ?? .plain)
    }

    private func count(_ key: String, in section: Section, atLeast least: Int) throws(SpaceFileError) -> Int? {
        guard let count = try section.count(key, atLeast: least), let value = section[key] else { return nil }
        guard count <= ConfirmationSettings.most else {
            throw value.expected("a whole number of at most \(ConfirmationSettings.most)")
        }
        return count
    }

    private func baseline(_ value: LocatedValue) throws(SpaceFileError) -> ConfirmationSettings.Baseline {
        if case .mapping = value.content { return .configuration(try configurations.assignment(value)) }
        switch value.value {
        case .string("default"): return .plain
        case .string("none"): return .none
        case .int(let number) where number >= 0: return .trial(number)
        case .string(let word): throw .unknown("baseline", word, at: value.position, allowed: ["default", "none"])
        default: throw value.expected("default, none, a trial's number, or a configuration such as {r: 8}")
        }
    }
}
