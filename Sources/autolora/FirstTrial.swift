import Controller
import Foundation
import SearchSpaces
import Strategies
import Studies
import StudyStore
import TrainerSettings
import Trainers
import TrialRunners

/// What a study's first trial would be given: its files, and what is started for it. Nothing is written.
struct FirstTrial {
    let text: String

    /// What is longer is a program of ours, the same for every trial.
    private static let longest = 200

    init(
        _ specification: StudySpecification, earlier: [EarlierStudy], isFeasible: @escaping @Sendable (Assignment) -> Bool,
        _ places: (devices: Place, studies: StudiesOption)
    ) throws {
        var suggester = try Suggester(specification: specification, earlier: earlier, isFeasible: isFeasible)
        let history = History(specification.metric, otherMetrics: specification.otherMetrics)
        let trial: Trial
        switch suggester.suggest(after: history) {
        case .assignment(let assignment, _): trial = Trial(id: Trial.ID(0), assignment: assignment)
        case .exhausted(let reason):
            text = "there would be no first trial: \(reason)"
            return
        }
        let place = try StudyFolder(root: places.studies.root, name: specification.name)
        let preparation = TrialPreparation(
            specification: specification, study: specification.name, folder: place, trainer: specification.program,
            machine: .init(
                autolora: try StudySession.executable(), threads: LocalRunner.threads(for: specification.workers),
                environment: ProcessInfo.processInfo.environment))
        let (launch, files) = try preparation.preview(trial, in: places.devices)
        let shown = files.sorted { $0.key < $1.key }.map { Self.shown($1, as: place.trial(trial.id) + "/" + $0) }
        let variables = launch.environment.compactMapValues(\.self).sorted { $0.key < $1.key }.map {
            "\($0)=\($1.shellWord)"
        }
        let command = Self.command(of: launch, files).map(\.shellWord).joined(separator: " ")
        let words = (variables + [command]).joined(separator: " \\\n    ")
        text = (shown + ["in \(launch.workingFolder):\n    \(words)"]).joined(separator: "\n\n").printableLines
    }

    private static func shown(_ text: String, as path: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
        guard lines.count <= longest else { return "\(path): \(lines.count) lines, the same for every trial" }
        return "\(path):\n" + lines.joined(separator: "\n").trimmingSuffix("\n    ")
    }

    /// What a trial's record says, which has variables of the user's in the place of what they hold: they may be secrets.
    private static func command(of launch: Launch, _ files: [String: String]) -> [String] {
        guard let record = files["launch.json"].map({ Data($0.utf8) }),
            case .object(let values)? = try? JSONInput.decode(SettingValue.self, from: record, of: "launch.json"),
            case .array(let words)? = values["command"]
        else { return launch.command }
        return words.compactMap(\.text)
    }
}
