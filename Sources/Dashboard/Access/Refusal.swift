import HTTPTypes

/// Why a request is not answered, in words for whoever made it.
struct Refusal: Error, Sendable, CustomStringConvertible {
    let status: HTTPResponse.Status
    let description: String

    init(_ status: HTTPResponse.Status, _ description: String) { (self.status, self.description) = (status, description) }
}
