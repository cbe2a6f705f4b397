import Glibc

/// Why the server could not be started.
package struct DashboardError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ settings: Dashboard.Settings, code: Int32) {
        let place = "\(HostName.inURL(settings.host)):\(settings.port)"
        description =
            switch code {
            case EADDRINUSE:
                "\(place) is in use by another program; choose another port, --port \(settings.port + 1) say, or --port 0 for any"
                    + " that is free"
            case EACCES: "\(place): a port below 1024 needs more rights than you have; choose another, --port 8080 say"
            case EADDRNOTAVAIL: "\(settings.host) is no address of this machine; give one that it has, or leave --host out"
            default: "\(place) cannot be listened on: \(String(cString: strerror(code))); choose another --host or --port"
            }
    }
}
