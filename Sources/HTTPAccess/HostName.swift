import Glibc

/// Names of hosts as requests and options have them.
package enum HostName {
    /// Without its port, and an address without its brackets.
    package static func name(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// As it stands in an address for browsers.
    package static func inURL(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Whether only this machine can come by it.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (isAddress(host) && host.hasPrefix("127."))
    }

    /// Whether it is numbers: such a name leads to no other host than it says.
    package static func isAddress(_ name: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
    }

    package static var own: String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Names and addresses under which a server may be called. A page of somebody else's, whose name leads here, is told by them.
package struct KnownNames: Sendable, Hashable {
    private let names: Set<String>
    /// Whether an address in numbers is enough: no other site can have its name lead there without the token.
    private let takesAddresses: Bool

    /// - Parameter hasToken: whether whoever comes has to know a token; if not, only this machine may come.
    package init(host: String, hasToken: Bool) {
        let loopback: Set = ["localhost", "127.0.0.1", "::1"]
        names = loopback.union(hasToken ? [host.lowercased(), HostName.own.lowercased()] : [host.lowercased()])
        takesAddresses = hasToken
    }

    /// - Parameter authority: name and port, as a request has them.
    package func takes(_ authority: String) -> Bool {
        let name = HostName.name(of: authority).lowercased()
        return names.contains(name) || (takesAddresses && HostName.isAddress(name))
    }
}
