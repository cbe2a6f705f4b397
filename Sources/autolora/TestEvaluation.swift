import Confirmations
import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import Subprocess
import SystemPackage
import TrainerSettings
import Trainers

/// Measures a finished study's winner on the test split, in a process of its own, once: the best of the search or, where that was
/// confirmed, every seed of the one that was chosen and of the baseline.
struct TestEvaluation {
    let store: StudyStore
    let executable: String
    let specification: StudySpecification

    /// Leaves the study as it is where there is no test split, or it was measured already, or it cannot be.
    func run() async {
        if let confirmed = try? ConfirmedStudy(store), !confirmed.isOutdated, confirmed.verdict.chosen != nil {
            for id in confirmed.tested where (try? store.trial(id))??.testMetrics == nil {
                guard let metrics = await metrics(of: id) else { return }
                record { try store.recordTest(ofConfirming: id, metrics: metrics, at: Date().timeIntervalSince1970) }
            }
        } else if let best = try? BestTrial(store), best.test == nil, let metrics = await metrics(of: best.trial.id) {
            record { try store.recordTest(of: best.trial.id, metrics: metrics, at: Date().timeIntervalSince1970) }
        }
    }

    private func record(_ change: () throws -> Void) {
        do { try change() } catch { Console.error("the winner could not be measured on the test split: \(errorText(error))") }
    }

    /// nil: there is nothing to measure it on or by, or it was told what went wrong.
    private func metrics(of id: Trial.ID) async -> [String: Double]? {
        guard store.folder.keptAdapter(of: id) != nil,
            let command = specification.program.test(store.folder.files(of: id), in: specification, autolora: executable)
        else { return nil }
        // Its supervisor keeps what it prints, as it does for a trial; nobody takes that up later.
        defer { unlink(store.folder.output(of: id)) }
        do {
            // Under a supervisor, which sees the pipe's end when this process dies.
            let (life, end) = try FileDescriptor.pipe()
            defer { try? end.close() }
            let result = try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: .init(["supervise", "--"] + command),
                environment: .inherit.updating([
                    "AUTOLORA_TRIAL_DIR": store.folder.trial(id), "AUTOLORA_CACHE": store.folder.cache,
                ]),
                input: .fileDescriptor(life, closeAfterSpawningProcess: true), output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20))
            let line = result.standardOutput.split(separator: "\n").last.map { Data($0.utf8) } ?? Data()
            guard result.terminationStatus.isSuccess,
                let metrics = try? JSONInput.decode([String: Double].self, from: line, of: "evaluate")
            else {
                Console.error("the winner could not be measured on the test split: \(result.standardError)")
                return nil
            }
            return metrics
        } catch {
            Console.error("the winner could not be measured on the test split: \(errorText(error))")
            return nil
        }
    }
}
