import Foundation
import Glibc

/// Bytes over a connection of one's own.
enum RawClient {
    static func open(_ port: Int) -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return socket
    }

    /// What comes until the other side closes; 120 seconds at most. A thread of its own waits: the server needs the others.
    static func ask(_ port: Int, _ text: String) async -> String {
        await withCheckedContinuation { answer in
            Thread.detachNewThread { answer.resume(returning: exchange(port, text)) }
        }
    }

    /// Whether the other side closes the connection after its answer, within 120 seconds.
    static func isClosed(_ port: Int, after text: String) async -> Bool {
        await withCheckedContinuation { answer in
            Thread.detachNewThread {
                var isClosed = false
                _ = exchange(port, text, isClosed: &isClosed)
                answer.resume(returning: isClosed)
            }
        }
    }

    private static func exchange(_ port: Int, _ text: String) -> String {
        var isClosed = false
        return exchange(port, text, isClosed: &isClosed)
    }

    private static func exchange(_ port: Int, _ text: String, isClosed: inout Bool) -> String {
        let socket = open(port)
        defer { close(socket) }
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = text.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var (answer, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else {
                isClosed = count == 0 && !answer.isEmpty
                return String(decoding: answer, as: UTF8.self)
            }
            answer += buffer[..<count]
        }
    }
}
