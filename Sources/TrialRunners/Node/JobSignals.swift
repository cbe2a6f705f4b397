import Dispatch
import Glibc

/// What a cluster tells a job: USR1 before its time is over, TERM to end.
enum JobSignals {
    /// Hears them from now on; they no longer end this process.
    static func begin() -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let isHeard = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "signals")
        for number in [SIGUSR1, SIGTERM, SIGINT, SIGHUP] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(number) }
            source.setRegistrationHandler { isHeard.signal() }
            source.resume()
            // It is heard to the process's end.
            _ = Unmanaged.passRetained(source as AnyObject)
            isHeard.wait()
        }
        return stream
    }
}
