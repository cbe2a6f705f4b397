import Glibc

/// Names of hosts as requests and options have them.
package enum HostName {
    /// Without its port, and an address without its brackets.
    static func name(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// As it stands in an address for browsers.
    static func inURL(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Whether only this machine can come by it.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (isAddress(host) && host.hasPrefix("127."))
    }

    /// Whether it is numbers: such a name leads to no other host than it says.
    static func isAddress(_ name: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
    }

    static var own: String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
