import BuiltInTrainer
import Foundation
import GRDB
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import TrainerSettings
import Trainers

/// A study's store with some of its bytes changed, or its cells, rows, columns and tables.
struct StoreFormat: Format {
    static let name = "store"

    private let folder: StudyFolder
    private let sound: [UInt8]
    /// Columns by table.
    private let columns: [(table: String, names: [String])]

    init(folder path: String) throws {
        folder = try StudyFolder(root: path, name: "s")
        try Self.record(in: StudyFolder(root: path, name: "sound"))
        sound = try Files.read(path + "/sound/study.sqlite")
        try folder.make()
        columns = try DatabaseQueue(path: path + "/sound/study.sqlite").read { db in
            try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                .map { ($0, try db.columns(in: $0).map(\.name)) }
        }
    }

    private static let space = """
        metric: {name: score, goal: maximize}
        method: random
        run_cap: 9
        trainer: {type: command, command: [python3, train.py]}
        parameters: {x: {min: 0, max: 9}}
        """

    /// Trials that ended in every way, and a report with everything in it.
    private static func record(in folder: StudyFolder) throws {
        let record = StudyRecord(
            name: "s", metric: "score", goal: .maximize, spaceFile: space,
            spaceFileName: "space.yaml", folder: "/", seed: 7, runCap: 9, workers: 2, createdAt: 100,
            constraints: ["bytes": Limits(max: 9)])
        let store = try StudyStore.create(record, in: folder)
        try store.beginRun(at: 100)
        for (number, state) in Trial.State.allCases.enumerated() {
            var trial = Trial(id: Trial.ID(number), assignment: Assignment(["x": .int(number), "y": .array([.double(0.5)])]))
            try store.add(trial, at: 110)
            (trial.state, trial.launches) = (.running, 1)
            try store.launched(trial, at: 111)
            for iter in 1...3 {
                let report = Report(
                    iter: iter, step: 10 * iter, value: 0.1 * Double(number), metrics: ["bytes": 9, "loss": .infinity],
                    details: ["kernels": "scalar"])
                try store.record(report, of: trial.id, at: 112)
            }
            trial.state = state
            guard state != .running else { continue }
            try store.settle(trial, error: state == .failed ? "ended" : nil, logTail: nil, at: 120)
        }
        try store.recordTest(of: Trial.ID(1), metrics: ["test_score": 0.5], at: 130)
        try store.endRun("interrupted", finished: false, at: 140)
    }

    var file: String? { folder.database }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        if random.oneIn(2), let changed = try? rewritten(using: &random) { return changed }
        var bytes = sound
        for _ in 0..<random.pick([1, 1, 2, 8, 64]) {
            let place = random.below(bytes.count)
            switch random.below(8) {
            case 0: bytes = Array(bytes.prefix(place))
            case 1: bytes.replaceSubrange(place..<min(bytes.count, place + 64), with: [UInt8](repeating: 0, count: 64))
            case 2: bytes.setWord(UInt64(random.below(1 << 16)), at: place)
            default: if !bytes.isEmpty { bytes[place] ^= 1 << UInt8(random.below(8)) }
            }
        }
        return bytes
    }

    /// The store after a few changes that SQLite allows and no controller makes.
    private func rewritten(using random: inout SeededGenerator) throws -> [UInt8] {
        try put(sound)
        let changes = (0..<random.pick([1, 1, 2, 5])).map { _ in change(using: &random) }
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: folder.database, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            // What a change before has taken away cannot be changed.
            for (sql, arguments) in changes { try? db.execute(sql: sql, arguments: arguments) }
        }
        try queue.close()
        return try Files.read(folder.database)
    }

    private func change(using random: inout SeededGenerator) -> (sql: String, arguments: StatementArguments) {
        let (table, names) = random.pick(columns)
        let column = random.pick(names)
        let row = "WHERE rowid = (SELECT rowid FROM \"\(table)\" LIMIT 1 OFFSET \(random.below(12)))"
        switch random.below(20) {
        case 0: return ("DELETE FROM \"\(table)\" \(row)", [])
        case 1: return ("ALTER TABLE \"\(table)\" DROP COLUMN \"\(column)\"", [])
        case 2: return ("DROP TABLE \"\(table)\"", [])
        default: return ("UPDATE \"\(table)\" SET \"\(column)\" = ? \(random.oneIn(3) ? "" : row)", [value(using: &random)])
        }
    }

    private func value(using random: inout SeededGenerator) -> DatabaseValue {
        switch random.below(6) {
        case 0: .null
        case 1: (Int64(random.pick(Extremes.numbers)) ?? .max).databaseValue
        case 2: (Double(random.pick(Extremes.numbers)) ?? .infinity).databaseValue
        case 3: Data(random.pick(Extremes.bytes)).databaseValue
        case 4: random.pick(["waiting", "running", "paused", "complete", "settled", "reported", "v99"]).databaseValue
        default: random.pick(Extremes.values).databaseValue
        }
    }

    private func put(_ bytes: [UInt8]) throws {
        for end in ["-wal", "-shm", "-journal"] { unlink(folder.database + end) }
        try Files.write(bytes, to: folder.database)
    }

    /// Everything that commands read of a study; each part for itself, as a refusal of one must not spare the others.
    func read(_ input: [UInt8]) throws {
        try put(input)
        let store = try StudyStore.open(folder, for: .reading)
        let damages = store.damages()
        precondition(damages.allSatisfy { $0.place == folder.database })
        let readers: [() throws -> Void] = [
            { _ = try store.tally() }, { _ = try store.spaceFile() }, { _ = try store.trials() },
            { _ = try store.history().best }, { _ = try store.events() }, { _ = try store.earlierStudies() },
            { _ = (try store.seconds(runningUntil: 200), try store.lastSign()) },
        ]
        let refusals = readers.compactMap { reader in Result { try reader() }.failure }
        if let refusal = refusals.first {
            // Whatever is refused verify finds too. A list of versions that is cut short makes a store of an earlier version, which
            // has no table of events or earlier studies.
            let isAllowed = ["space file", "no such table: event", "no such table: earlier_trial"]
                .contains { "\(refusal)".contains($0) }
            precondition(!damages.isEmpty || isAllowed, "verify calls this whole: \(refusal)")
            throw refusal
        }
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}

extension StudyStore {
    /// The space file that the store keeps.
    func spaceFile() throws -> SpaceFile {
        let record = try study()
        do throws(SpaceFileError) {
            return try SpaceFile(
                text: record.spaceFile, SpaceFilePlace(file: record.spaceFileName, folder: record.folder),
                trainers: TrainerList.standard.types)
        } catch {
            throw StudyStoreError.damaged(path: folder.database, reason: "the space file kept in it, once \(error)")
        }
    }
}
