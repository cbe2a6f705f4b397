/// Why a request is not answered, in words for whoever made it.
package struct ServingError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// What was asked for makes no sense, or is too long.
        case invalid
        /// There is no adapter of that name.
        case unknown
        /// It is there already, or is the base's own.
        case conflict
        /// Too much is asked at once; later it may be answered.
        case busy
        /// The server ends.
        case stopping
    }

    package let kind: Kind
    package let description: String

    /// To whoever waits for it.
    package static let interrupted = ServingError(.stopping, "the server ended before the answer was whole; ask another")

    package init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }
}
