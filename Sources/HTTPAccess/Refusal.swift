package import HTTPTypes

/// Why a request is not answered, in words for whoever made it.
package struct Refusal: Error, Sendable, CustomStringConvertible {
    package let status: HTTPResponse.Status
    package let description: String

    package init(_ status: HTTPResponse.Status, _ description: String) {
        (self.status, self.description) = (status, description)
    }
}
