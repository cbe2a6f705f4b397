import SearchSpaces

/// Finds the trainer that a file names, and has it read its section.
struct TrainerReader {
    let root: Section
    /// The first is taken where a section gives no type.
    let types: [any TrainerType]
    /// The space file's.
    let folder: String

    func trainer() throws(SpaceFileError) -> (type: any TrainerType, trainer: LocatedTrainer) {
        let type = try named()
        for key in types.flatMap(\.keysBesideSection) where root[key] != nil && !type.keysBesideSection.contains(key) {
            throw SpaceFileError(
                at: root.position(of: key), "'\(key)' is for commands; \(type.name) reads its configuration from a file")
        }
        return (type, try type.read(TrainerSection(value: root["trainer"], root: root, folder: folder)))
    }

    private func named() throws(SpaceFileError) -> any TrainerType {
        guard let value = root["trainer"] else { return try sweeps() }
        if let key = types.flatMap(\.keysInsteadOfSection).first(where: { root[$0] != nil }) {
            throw SpaceFileError(at: root.position(of: key), "'\(key)' beside a trainer; keep one of the two")
        }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the trainer as a mapping of its settings")
        }
        guard let given = entries.first(where: { $0.key == "type" })?.value else { return types[0] }
        let name = try given.text()
        if let type = types.first(where: { $0.type == name }) { return type }
        if name == "built-in" { throw .notAvailable("the name built-in", at: given.position, instead: "; write type: lora") }
        throw .unknown("type", name, at: given.position, allowed: types.map(\.type))
    }

    /// The trainer of W&B's sweeps.
    private func sweeps() throws(SpaceFileError) -> any TrainerType {
        let type = types.first { $0.keysInsteadOfSection.contains { root[$0] != nil } }
        guard let type else {
            throw SpaceFileError(at: root.position, "the file lacks 'trainer' (or W&B's 'program' or 'command')")
        }
        return type
    }
}
