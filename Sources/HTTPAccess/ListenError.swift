import Glibc

/// Why the server could not be started.
package struct ListenError: Error, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameter host: a name that nobody knows an address of.
    package init(unknown host: String) {
        description =
            "--host \(host): no address is known by that name; give one of this machine: 127.0.0.1 for itself alone, 0.0.0.0 for all"
    }

    /// - Parameter code: the system's, errno.
    package init(host: String, port: Int, code: Int32) {
        let place = "\(HostName.inURL(host)):\(port)"
        description =
            switch code {
            case EADDRINUSE:
                "\(place) is in use by another program; choose another port, --port \(port + 1) say, or --port 0 for any"
                    + " that is free"
            case EACCES: "\(place): a port below 1024 needs more rights than you have; choose another, --port 8080 say"
            case EADDRNOTAVAIL: "\(host) is no address of this machine; give one that it has, or leave --host out"
            default: "\(place) cannot be listened on: \(String(cString: strerror(code))); choose another --host or --port"
            }
    }
}
