import ArgumentParser
import Foundation
import Studies
import StudyStore

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Prints what a trial has printed, both its streams.",
        discussion: "Example: autolora log movie-reviews 7 --follow")

    @OptionGroup var study: StudyArgument
    @Argument(help: "The trial's number.") var trial: Int
    @Flag(help: "Go on printing until the trial runs no more.") var follow = false

    func run() async throws {
        try await failing {
            let store = try study.store()
            let id = Trial.ID(trial)
            guard let first = try store.trial(id) else {
                let count = try store.trialCount()
                throw NoLog("study '\(study.study)' has no trial \(trial); it has \(count), from 0")
            }
            let path = store.folder.log(of: id)
            try store.folder.requireOwnFiles(of: id, programsToo: false)
            guard let file = FileHandle(forReadingAtPath: path) else {
                let reason = first.launches == 0 ? "trial \(trial) was never launched" : "trial \(trial) has no log there"
                guard follow, !first.state.isFinal else { throw NoLog("\(path): \(reason)") }
                return try await printAll(from: try await wait(for: path, of: id, in: store), of: id, in: store)
            }
            try await printAll(from: file, of: id, in: store)
        }
    }

    private func wait(for path: String, of id: Trial.ID, in store: StudyStore) async throws -> FileHandle {
        while StudyLock.holder(of: store.folder) != nil {
            if let file = FileHandle(forReadingAtPath: path) { return file }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw NoLog(
            "\(path): trial \(id) has no log yet, and nobody runs the study; `autolora resume \(study.study)` goes on with it")
    }

    private func printAll(from file: FileHandle, of id: Trial.ID, in store: StudyStore) async throws {
        // A reader that goes away ends this one as it ends any other filter.
        signal(SIGPIPE, SIG_DFL)
        while true {
            // What it prints last comes before its end does.
            let isOpen = follow ? try isRunning(id, in: store) : false
            while let bytes = try file.read(upToCount: 1 << 16), !bytes.isEmpty { Console.print(data: bytes) }
            guard isOpen else { return }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func isRunning(_ id: Trial.ID, in store: StudyStore) throws -> Bool {
        guard StudyLock.holder(of: store.folder) != nil else { return false }
        return try store.trial(id)?.state == .running
    }
}

/// Why there is no log to print.
private struct NoLog: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
