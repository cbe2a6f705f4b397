import SearchSpaces
import StudyStore
import ArgumentParser
import Exports
import Foundation
import Studies
import TrainerSettings

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Shows how a study stands.")

    @OptionGroup var study: StudyArgument
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await failing {
            let status = try StudyStatus(try study.store(), now: Date().timeIntervalSince1970)
            guard !json else { return Console.print(JSONText.render(status.json)) }
            Console.print("study     \(status.study.name): \(status.state.rawValue)\(status.holder.map { " by \($0)" } ?? "")")
            let goals = (status.front?.metrics ?? [Metric(name: status.study.metric, goal: status.study.goal)])
                .map { "\($0.goal.rawValue) \($0.name)" }
            Console.print((goals.count > 1 ? "metrics   " : "metric    ") + goals.joined(separator: ", "))
            let counts = Trial.State.allCases.map { ($0, status.count($0)) }.filter { $0.1 > 0 }
            let states = counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
            Console.print(
                "trials    \(status.history.trials.count) of \(status.study.runCap)\(states.isEmpty ? "" : ": " + states)")
            Console.print("reports   \(status.history.trials.reduce(0) { $0 + $1.reports.count })")
            if let (trial, report) = status.history.best {
                Console.print("best      \(SettingValue.short(report.value)) by trial \(trial.id): \(trial.assignment.summary)")
            }
            if let front = status.front, !front.numbers.isEmpty {
                let list = front.numbers.map(String.init).joined(separator: ", ")
                Console.print("front     \(front.numbers.count) trial\(front.numbers.count == 1 ? "" : "s"): \(list)")
            }
            if let problem = InfeasibleStudy(status.history)?.text { Console.print("best      \(problem)") }
            Console.print("worked    \(StudyFrame.text(.seconds(status.seconds)))")
            if status.state == .interrupted {
                Console.print("go on     autolora resume \(study.study)\(study.studies.repeated)")
            }
        }
    }
}
