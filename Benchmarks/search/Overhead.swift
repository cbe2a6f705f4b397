import Foundation
import SearchSpaces
import Strategies
import Studies
import StudyStore

/// How long a suggestion takes, and what the controller stores of a trial with one report, as a study grows.
///
/// The study is a real one in a folder of its own, which is removed afterwards; it has to lie on a disk for the waits for
/// it to mean anything.
struct Overhead {
    let method: Method
    let trials: Int
    let folder: String

    private static let marks = [50, 100, 200, 500, 1000, 2000, 5000, 10000]
    private static let names = ["suggestion", "launch", "report", "end", "disk"]

    /// One JSON line a mark: medians and means, in milliseconds, of the trials since the mark before.
    ///
    /// `disk` is what it takes to append 4 KiB to a file and wait for it: the store waits so for each report and each end.
    func run() throws {
        try? FileManager.default.removeItem(atPath: folder + "/overhead")
        defer { try? FileManager.default.removeItem(atPath: folder + "/overhead") }
        let store = try StudyStore.create(
            StudyRecord(
                name: "overhead", metric: "value", goal: .minimize, spaceFile: "", spaceFileName: "", folder: "/", seed: 1,
                runCap: trials, workers: 1, createdAt: 0), in: StudyFolder(root: folder, name: "overhead"))
        try store.beginRun(at: 0)
        let disk = try Disk(path: folder + "/overhead/disk")
        var suggester = try Suggester(specification: specification(.lora, method: method, seed: 1))
        var history = History(goal: .minimize)
        var times = [[Double]](repeating: [], count: Self.names.count)
        func measure(_ place: Int, _ work: () throws -> Void) rethrows {
            let time = try ContinuousClock().measure(work)
            times[place].append(time / .milliseconds(1))
        }
        for number in 0..<trials {
            var suggestion = Suggestion.exhausted("")
            measure(0) { suggestion = suggester.suggest(after: history) }
            guard case .assignment(let assignment, refused: _) = suggestion else { break }
            var trial = Trial(id: Trial.ID(number), assignment: assignment, state: .running, launches: 1)
            try measure(1) { try store.add(trial, at: Double(number)) }
            let report = Self.report(Problem.lora.value(assignment))
            try measure(2) { try store.record(report, of: trial.id, at: Double(number)) }
            trial.reports = [report]
            trial.state = .complete
            try measure(3) { try store.settle(trial, error: nil, logTail: nil, at: Double(number)) }
            try measure(4) { try disk.append() }
            history.add(trial)
            guard Self.marks.contains(number + 1) else { continue }
            print(line(after: number + 1, times))
            times = times.map { _ in [] }
        }
    }

    /// Such as the built-in trainer makes.
    private static func report(_ value: Double) -> Report {
        Report(
            iter: 1, step: 100, value: value,
            metrics: [
                "epoch": 0.5, "loss": 0.61, "learning_rate": 1e-4, "eval_loss": 0.55, "eval_accuracy": value, "eval_f1": 0.7,
                "tokens_per_second": 21_000, "samples_per_second": 640, "trainable_parameters": 74_498,
                "peak_memory_bytes": 4e8, "train_seconds": 5.2,
            ], details: ["precision": "bf16", "kernels": "avx512-bf16"])
    }

    private func line(after count: Int, _ times: [[Double]]) -> String {
        let together = times[0].indices.map { index in times.dropLast().reduce(0) { $0 + $1[index] } }
        let cells = zip(Self.names + ["together"], times + [together]).map { name, values in
            let median = values.sorted()[values.count / 2]
            return "\"\(name)\": [\(median), \(values.reduce(0, +) / Double(values.count))]"
        }
        return "{\"method\": \"\(method.rawValue)\", \"after\": \(count), \(cells.joined(separator: ", "))}"
    }
}

/// A file that is only appended to.
private struct Disk {
    private let file: FileHandle

    init(path: String) throws {
        try Data().write(to: URL(filePath: path))
        file = try FileHandle(forWritingTo: URL(filePath: path))
    }

    func append() throws {
        try file.write(contentsOf: Data(count: 4096))
        fdatasync(file.fileDescriptor)
    }
}
