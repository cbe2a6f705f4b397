import Yams

extension JSONTree {
    /// A seed's tree. Seeds are valid YAML, of which JSON is a part; an unreadable one is a mistake in this program.
    init(seed text: String) throws {
        guard let node = try Yams.compose(yaml: text) else { throw SeedError(text: text) }
        self.init(node)
    }

    private struct SeedError: Error { let text: String }

    private init(_ node: Node) {
        switch node {
        case .mapping(let mapping):
            self = .object(mapping.map { .init(key: Self.quoted($0.key.string ?? ""), value: JSONTree($0.value)) })
        case .sequence(let sequence): self = .array(sequence.map { JSONTree($0) })
        case .scalar(let scalar):
            let isBare = [.plain, .any].contains(scalar.style) && Self.isBare(scalar.string)
            self = .scalar(isBare ? Array(scalar.string.utf8) : Self.quoted(scalar.string))
        case .alias: self = .scalar("null")
        }
    }

    /// What JSON has without quotes.
    private static func isBare(_ text: String) -> Bool {
        if ["true", "false", "null"].contains(text) { return true }
        return text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
    }

    static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
            case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}
