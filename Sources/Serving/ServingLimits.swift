/// What is taken of requests at once. What goes beyond is refused with the reason.
package struct ServingLimits: Sendable, Hashable {
    /// Requests that wait; more are told to come again.
    package var queue = 256
    /// Texts that a thread writes at the same time.
    package var textsAtOnce = 16
    /// Tokens of an answer at most.
    package var newTokens = 4096
    /// Texts of one request.
    package var texts = 512
    /// Tokens that a thread classifies at the same time, as far as its texts allow.
    package var tokensAtOnce = 4096

    package init() {}
}
