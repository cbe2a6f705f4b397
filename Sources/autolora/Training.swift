import ArgumentParser
import Foundation
import Glibc
import Synchronization
import Tensors
import TrainerSettings

/// Ends a training command with one line on standard error.
///
/// - Parameter code: 2 for bad input, found before anything was written; 1 for work that failed.
func trainingFailure(_ error: any Error, code: Int32) -> ExitCode {
    Console.error("autolora: " + errorText(error).printable)
    return ExitCode(code)
}

/// Threads of the matrix products: the setting, else what the environment says, else all cores.
func useThreads(_ setting: Int?, _ environment: [String: String]) {
    let told = ["OPENBLAS_NUM_THREADS", "AUTOLORA_THREADS"].lazy.compactMap { environment[$0].flatMap { Int($0) } }
    ComputeThreads.use(setting ?? told.first { $0 > 0 } ?? ProcessInfo.processInfo.activeProcessorCount)
}

/// Makes a file that grows over the user's limit an error, as a full disk is, rather than the process's end.
func outliveLargeFiles() { signal(SIGXFSZ, SIG_IGN) }

/// Where the study's trials keep what can be computed again; nil outside of a study.
func cacheFolder(_ environment: [String: String]) -> String? {
    environment["AUTOLORA_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
}

/// The signal that asked the trainer to stop; it looks before each step.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    static var signal: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// From now on INT and TERM are noted; a second INT ends the process at once (TERM may come twice by way of a group).
    static func listen() {
        // The handler must not be the first to touch a lazily made global.
        _ = signal
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { Interruption.received.store($0, ordering: .relaxed) }
            action.sa_flags = SA_RESTART | (number == SIGINT ? Int32(bitPattern: UInt32(SA_RESETHAND)) : 0)
            sigaction(number, &action, nil)
        }
    }

    /// From now on INT, TERM and HUP end the process at once, with what it has begun to write and the programs that it has started.
    static func removesUnfinished() {
        let (isHeard, queue) = (DispatchSemaphore(value: 0), DispatchQueue(label: "signals"))
        let numbers = [SIGINT, SIGTERM, SIGHUP]
        for number in numbers {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // At once: the process does not wait for writers.
                FileHandle.standardError.write(Data("autolora: interrupted; nothing is left of what was begun\n".utf8))
                Unfinished.abandon(code: 128 + number)
            }
            source.setRegistrationHandler { isHeard.signal() }
            source.resume()
            // It hears to the process's end.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
        for _ in numbers { isHeard.wait() }
    }
}
