/// Reads `constraints`.
struct ConstraintsReader {
    /// What is known of a configuration before it is launched.
    private static let known = ["trainable_parameters"]

    let root: Section
    let trainer: LocatedTrainer

    func constraints() throws(SpaceFileError) -> [String: Limits] {
        guard let value = root["constraints"] else { return [:] }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the constraints as a mapping such as {trainable_parameters: {max: 500000}}")
        }
        guard trainer.isBuiltIn || entries.isEmpty else {
            throw .notAvailable("a constraint on a command trainer", at: root.position(of: "constraints"))
        }
        var constraints: [String: Limits] = [:]
        for entry in entries {
            guard Self.known.contains(entry.key) else {
                throw .unknown("constraint", entry.key, at: entry.keyPosition, allowed: Self.known)
            }
            constraints[entry.key] = try limits(entry)
        }
        return constraints
    }

    private func limits(_ entry: LocatedValue.Entry) throws(SpaceFileError) -> Limits {
        let section = try Section(entry.value, named: "the constraint '\(entry.key)'", allowed: ["min", "max"])
        let limits = Limits(min: try section.number("min"), max: try section.number("max"))
        guard limits.min != nil || limits.max != nil else {
            throw SpaceFileError(at: entry.value.position, "the constraint '\(entry.key)' has neither min nor max")
        }
        if let low = limits.min, let high = limits.max, low > high {
            throw SpaceFileError(at: entry.value.position, "min \(low) is above max \(high): nothing keeps this constraint")
        }
        return limits
    }
}
