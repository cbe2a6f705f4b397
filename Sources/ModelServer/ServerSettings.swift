/// How a model is served.
package struct ServerSettings: Sendable, Hashable {
    package var host = "127.0.0.1"
    /// 0: any that is free.
    package var port = 8000
    /// What whoever comes has to know; nil: only this machine can come.
    package var token: String?
    /// The folder whose adapters may be added while the server runs, absolute; nil: none may.
    package var adaptersFolder: String?
    /// Bytes of a request.
    package var bodyLimit = 4 << 20
    /// Seconds in which a request has to be there.
    package var patience = 30.0
    /// Seconds after which a connection that says nothing is closed: a request that stalls has had its answer by then.
    package var idle: Double { 2 * patience }
    /// Connections at once; more wait.
    package var connections = 1024
    /// Seconds that requests have to be done with when the server ends.
    package var grace = 30.0

    package init() {}
}
