import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrainerSettings

/// A study that is steered by random requests while its controller, and those who ask, are killed at random moments.
@Suite(.timeLimit(.minutes(60))) struct SteeredStudyTests {
    private let settings = SoakSettings.given
    private static let name = "steered"

    /// Those who ask, mostly by the library as the dashboard does, else by the command line.
    private final class Steering: Sendable {
        let study: ScriptedStudy
        let folder: StudyFolder
        private let state: Mutex<(left: Int, told: [RecordedRequest])>

        init(_ study: ScriptedStudy, requests: Int) throws {
            self.study = study
            folder = try StudyFolder(root: study.root, name: SteeredStudyTests.name)
            state = Mutex((requests, []))
        }

        /// What was answered to those who asked.
        var told: [RecordedRequest] { state.withLock { $0.told } }

        var isOver: Bool { state.withLock { $0.left <= 0 } }

        private var rules: RequestRules {
            RequestRules(
                StudySpecification(
                    name: "lab", metric: Metric(name: "score", goal: .maximize), method: .tpe,
                    trainer: TrainerSpecification(type: "command"),
                    space: SearchSpace([Parameter(name: "x", distribution: .intUniform(min: 10, max: 99))]),
                    folder: study.temporary.path))
        }

        /// Asks one thing after the other until as much was asked as there was to be.
        func ask(_ seed: Int, _ number: Int) async throws {
            var generator = SeededGenerator(seed, 71, number)
            while state.withLock({ state in
                state.left -= 1
                return state.left >= 0
            }) {
                let request = try request(&generator)
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    try await command(request, killedWithin: Bool.random(using: &generator) ? 0.08 : nil, &generator)
                } else {
                    let recorded = try await StudyStore.ask(
                        request, of: folder, rules: { _ in rules }, patience: .seconds(2),
                        now: { Date().timeIntervalSince1970 })
                    if recorded.answer != nil { state.withLock { $0.told.append(recorded) } }
                }
                try await Task.sleep(for: .seconds(Double.random(in: 0...0.1, using: &generator)))
            }
        }

        private func request(_ generator: inout SeededGenerator) throws -> StudyRequest {
            let store = try StudyStore.open(folder, for: .reading)
            let trials = try store.trialCount()
            let id = Trial.ID(Int.random(in: max(0, trials - 5)...trials, using: &generator))
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: return .stop(reason: nil)
            case 1...4: return .prune(id, reason: "\(trials) trials")
            case 5...9: return .enqueue(["x": .int(Int.random(in: 0...110, using: &generator))], clone: nil)
            case 10...11: return .enqueue([:], clone: id)
            case 12...14: return .workers(Int.random(in: 0...4, using: &generator))
            case 15...16: return .note("at \(trials)", Bool.random(using: &generator) ? id : nil)
            case 17: return .tag("t\(Int.random(in: 0...9, using: &generator))", id)
            default: return .remove(Int.random(in: 1...40, using: &generator))
            }
        }

        private func command(
            _ request: StudyRequest, killedWithin span: Double?, _ generator: inout SeededGenerator
        ) async throws {
            let words: [String] =
                switch request {
                case .stop: ["stop", SteeredStudyTests.name]
                case .detach: ["stop", SteeredStudyTests.name, "--detach"]
                case .prune(let id, let reason): ["prune", SteeredStudyTests.name, "\(id)", "--reason", reason ?? "none"]
                case .enqueue(let values, let clone?) where values.values.isEmpty:
                    ["enqueue", SteeredStudyTests.name, "--clone", "\(clone)"]
                case .enqueue(let values, _): ["enqueue", SteeredStudyTests.name, "--set", values.pairs]
                case .workers(let count): ["workers", SteeredStudyTests.name, "\(count)"]
                case .note(let text, let id): ["note", SteeredStudyTests.name] + (id.map { ["\($0)"] } ?? []) + [text]
                case .tag(let tag, let id): ["tag", SteeredStudyTests.name] + (id.map { ["\($0)"] } ?? []) + [tag]
                case .remove(let number): ["note", SteeredStudyTests.name, "--remove", "\(number)"]
                }
            let process = try study.autolora.start(words)
            if let span {
                try await Task.sleep(for: .seconds(Double.random(in: 0...span, using: &generator)))
                kill(process.processIdentifier, SIGKILL)
            }
            let result = try await study.autolora.wait(for: process)
            #expect(span != nil || [0, 1, 2].contains(result.code), "\(words): \(result.code) \(result.errors)")
        }
    }

    @Test func `steered and killed at random, a study loses and doubles nothing, and is replayed the same`() async throws {
        var generator = settings.generator(61)
        let requests = settings.isLong ? 200 : 40
        var (kills, round) = (0, 0)
        repeat {
            defer { round += 1 }
            let study = try ScriptedStudy(seed: settings.seed + round, cap: 6, workers: 2)
            kills += try await torment(study, requests: requests, seed: settings.seed + round, &generator)
        } while settings.isLong && kills < settings.kills
        print("faults: \(kills) kills of studies that were steered by \(requests) requests each, \(round) studies")
    }

    /// - Returns: how often its controller was killed.
    private func torment(
        _ study: ScriptedStudy, requests: Int, seed: Int, _ generator: inout SeededGenerator
    ) async throws -> Int {
        let steering = try Steering(study, requests: requests)
        var (kills, cap) = (0, 6)
        var earlier: Snapshot?
        try await withThrowingTaskGroup(of: Void.self) { group in
            var isSteered = false
            while true {
                let isLast = isSteered && steering.isOver
                if isLast { try await group.waitForAll() }
                let process = try start(study, cap: cap)
                if !isSteered, try await isThere(study, process) {
                    for asker in 0..<3 { group.addTask { try await steering.ask(seed, asker) } }
                    isSteered = true
                }
                if !isLast { try await Task.sleep(for: .seconds(Double.random(in: 0...1.5, using: &generator))) }
                if !isLast, process.isRunning {
                    kill(process.processIdentifier, [SIGKILL, SIGKILL, SIGTERM].randomElement(using: &generator) ?? SIGKILL)
                    kills += 1
                }
                let result = try await study.autolora.wait(for: process)
                let isFinished = result.code == 0 && !process.wasSignaled
                let place = "seed \(seed), kill \(kills)"
                #expect(isFinished || process.wasSignaled || result.code == 130, "\(place): \(result.code) \(result.errors)")
                if let now = try Snapshot(study.root, Self.name) {
                    now.check(after: earlier, printed: study.printed(in: Self.name), cap: cap, place)
                    earlier = now
                }
                if isLast, isFinished { return }
                if isFinished { cap += 3 }
            }
        }
        try check(study, steering, cap: cap)
        for words in [["verify", Self.name], ["verify", Self.name, "--replay"]] {
            let verified = try await study.autolora.wait(for: try study.autolora.start(words))
            #expect(verified.code == 0, "seed \(seed): \(verified.output)\(verified.errors)")
        }
        return kills
    }

    private func start(_ study: ScriptedStudy, cap: Int) throws -> ChildProcess {
        let isThere = FileManager.default.fileExists(atPath: "\(study.root)/\(Self.name)/study.sqlite")
        let words =
            isThere
            ? ["resume", Self.name, "--quiet", "--trials", "\(cap)"] : ["run", "space.yaml", "--study", Self.name, "--quiet"]
        return try study.autolora.start(words, environment: ["JOURNAL": "\(study.journal).\(Self.name)"])
    }

    private func isThere(_ study: ScriptedStudy, _ process: ChildProcess) async throws -> Bool {
        while process.isRunning {
            if FileManager.default.fileExists(atPath: "\(study.root)/\(Self.name)/study.sqlite") { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Of a study that is over: each request was answered once, as whoever asked was told, and has had its effect once.
    private func check(_ study: ScriptedStudy, _ steering: Steering, cap: Int) throws {
        let store = try StudyStore.open(steering.folder, for: .reading)
        let (history, log) = (try store.history(), try store.requests())
        #expect(history.trials.count == cap && history.trials.allSatisfy { $0.state.isFinal })
        #expect(log.requests.map(\.number) == Array(1..<(log.requests.count + 1)))
        #expect(log.pending.isEmpty, "\(log.pending.map(\.words))")
        for told in steering.told { #expect(log[told.number] == told, "\(told.words)") }
        let answers = try store.events().compactMap { if case .answered(let number) = $0.event { number } else { nil } }
        #expect(answers.sorted() == log.requests.map(\.number))
        let removed = Set(
            log.requests.compactMap { if $0.isDone, case .remove(let number) = $0.request { number } else { nil } })
        let waiting = Set(log.queue(after: history).map(\.request))
        for request in log.requests where request.isDone {
            switch request.request {
            case .enqueue(let assignment, _):
                let trials = history.trials.filter { $0.enqueuedBy == request.number }
                let isOpen = removed.contains(request.number) || waiting.contains(request.number)
                #expect(
                    trials.count == (isOpen ? 0 : 1) && trials.allSatisfy { $0.assignment == assignment }, "\(request.words)")
            case .prune(let id, _):
                #expect(history[id].state == .pruned && history[id].prunedBy == request.number, "\(request.words)")
            case .stop, .detach, .workers, .note, .tag, .remove: break
            }
        }
        // All that was printed by trials that nobody took out is on record, and nothing else.
        let out = Set(history.trials.filter { $0.prunedBy != nil }.map { "\($0.id)" })
        func others(_ lines: some Sequence<String>) -> Set<String> {
            Set(lines.filter { !out.contains(String($0.prefix { $0 != " " })) })
        }
        let stored = try #require(try Snapshot(study.root, Self.name)).stored
        let (printed, recorded) = (others(study.printed(in: Self.name)), others(stored))
        #expect(printed == recorded, "lost \(printed.subtracting(recorded).sorted())")
    }
}
