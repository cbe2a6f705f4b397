import Foundation
package import Glibc
import Synchronization

/// A process that a test starts. It has ended when it has ended, whatever its own children keep open; Foundation's `Process` waits
/// for those too, and crashes where many start at once.
package final class ChildProcess: Sendable {
    package enum Stream: Sendable {
        case nothing
        case file(String)
        case descriptor(Int32)
        /// For the input alone: a pipe that stays open until ``closeInput()``.
        case pipe
    }

    package let processIdentifier: pid_t
    package let output: Stream
    package let errors: Stream
    private let inputPipe: Pipe?
    /// The status as the system gives it, once it was asked for.
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - words: a program, found as a shell finds it, and its arguments; one that is not there ends with 127.
    ///   - environment: nil: the test's own.
    ///   - added: variables that are added to it.
    /// - Throws: `POSIXError` where it cannot be started.
    package init(
        _ words: [String], in folder: String, environment: [String: String]? = nil, adding added: [String: String] = [:],
        input: Stream = .nothing, output: Stream = .nothing, errors: Stream = .nothing
    ) throws {
        (self.output, self.errors) = (output, errors)
        if case .pipe = input { inputPipe = Pipe() } else { inputPipe = nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            let flags = target == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
            switch stream {
            case .nothing: posix_spawn_file_actions_addopen(&actions, target, "/dev/null", flags & O_ACCMODE, 0)
            case .file(let path): posix_spawn_file_actions_addopen(&actions, target, path, flags, 0o644)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, target)
            case .pipe: posix_spawn_file_actions_adddup2(&actions, inputPipe?.fileHandleForReading.fileDescriptor ?? -1, target)
            }
        }
        // What other tests have open is not for this process: a file that is removed would keep its place on the disk.
        for other: Int32 in 3..<1024 { posix_spawn_file_actions_addclose(&actions, other) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments: [UnsafeMutablePointer<CChar>?] = (["env", "-C", folder] + words).map { strdup($0) } + [nil]
        let environment = (environment ?? ProcessInfo.processInfo.environment).merging(added) { $1 }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var number: pid_t = 0
        let problem = posix_spawnp(&number, "env", &actions, &attributes, &arguments, &variables)
        guard problem == 0 else { throw POSIXError(POSIXErrorCode(rawValue: problem) ?? .EINVAL) }
        processIdentifier = number
    }

    /// Into the pipe of ``Stream/pipe``.
    package func write(_ text: String) throws { try inputPipe?.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    package func closeInput() { try? inputPipe?.fileHandleForWriting.close() }

    private var known: Int32? {
        status.withLock { status in
            if status == nil {
                var found: Int32 = 0
                if waitpid(processIdentifier, &found, WNOHANG) == processIdentifier { status = found }
            }
            return status
        }
    }

    package var isRunning: Bool { known == nil }

    /// Whether a signal ended it.
    package var wasSignaled: Bool { (known ?? 0) & 0x7f != 0 }

    /// The exit code, or the number of the signal that ended it; -1: it runs.
    package var code: Int32 { known.map { $0 & 0x7f != 0 ? $0 & 0x7f : $0 >> 8 & 0xff } ?? -1 }

    /// What is in the output's file so far.
    package var printed: String {
        guard case .file(let path) = output else { return "" }
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    package func terminate() { signal(SIGTERM) }

    /// Does nothing once it has ended: its number may be another's by then.
    package func signal(_ number: Int32) {
        status.withLock { if $0 == nil { kill(processIdentifier, number) } }
    }

    /// Waits for its end.
    /// - Returns: ``code``.
    @discardableResult
    package func end() async throws -> Int32 {
        while isRunning { try await Task.sleep(for: .milliseconds(5)) }
        return code
    }

    /// Waits without giving the thread away: for ``onOwnThread(_:)``.
    package func block() { while isRunning { usleep(2000) } }
}
