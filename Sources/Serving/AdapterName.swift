/// What requests call an adapter. It can be a folder's name too, and leads nowhere else.
package struct AdapterName: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Throws: ``ServingError`` for what is no such name.
    package init(_ text: String) throws(ServingError) {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 64,
            text.utf8.allSatisfy({ isPlain($0) || "._-".utf8.contains($0) })
        else {
            throw ServingError(
                .invalid,
                "'\(text.prefix(64))' is no adapter's name: expected 1 to 64 letters, digits, dots, dashes and underscores, of which the first "
                    + "is a letter or a digit")
        }
        description = text
    }

    /// Names of bases may have slashes between such words, as those of hubs have.
    ///
    /// - Throws: ``ServingError`` for what is no such name.
    package static func requireBase(_ text: String) throws(ServingError) {
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            do throws(ServingError) { _ = try AdapterName(String(part)) } catch {
                throw ServingError(
                    .invalid,
                    "--name '\(text.prefix(64))': expected letters, digits, dots, dashes and underscores, with slashes between at most"
                )
            }
        }
    }
}
