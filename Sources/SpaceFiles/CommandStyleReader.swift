import SearchSpaces

extension CommandStyle {
    static let keys = ["list_style", "bool_style"]

    /// - Parameter root: the file's top level.
    init(_ root: Section, isBuiltIn: Bool) throws(SpaceFileError) {
        self.init()
        for key in Self.keys where root[key] != nil && isBuiltIn {
            throw SpaceFileError(
                at: root.position(of: key), "'\(key)' is for commands; the built-in trainer reads its configuration from a file"
            )
        }
        if let value = root["list_style"] { lists = try Self.choice(value, named: "list_style") }
        if let value = root["bool_style"] { booleans = try Self.choice(value, named: "bool_style") }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: LocatedValue, named name: String
    ) throws(SpaceFileError) -> Choice {
        let text = try value.text()
        guard let choice = Choice(rawValue: text) else {
            throw .unknown(name, text, at: value.position, allowed: Choice.allCases.map(\.rawValue))
        }
        return choice
    }
}
