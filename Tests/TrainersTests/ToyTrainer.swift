import SearchSpaces
import SpaceFiles
import Studies
import TrainerSettings
import Trainers

/// A trainer of another's program, as small as one can be: its section, its configuration file, its command.
struct ToyTrainer: Trainer {
    let type = "toy"
    let name = "the toy trainer"
    let inputPaths = ["script"]

    func read(_ section: TrainerSection) throws(SpaceFileError) -> LocatedTrainer {
        guard let value = section.value else { throw SpaceFileError(at: section.root.position, "the file lacks 'trainer'") }
        let keys = try Section(value, named: "the trainer", allowed: ["type", "script", "steps"])
        let script = try keys.required("script", "a Python file")
        var settings: [String: SettingValue] = ["script": .string(try script.text())]
        settings["steps"] = try keys.integer("steps").map(SettingValue.int)
        var traits = TrainerTraits()
        traits.title = "toy by \(script.value)"
        return LocatedTrainer(
            TrainerSpecification(type: type, settings: settings, traits: traits), position: value.position,
            places: ["script": script.position])
    }

    func settings(
        for assignment: Assignment, in study: StudySpecification
    ) throws(TrainerSettingsError) -> [String: SettingValue] {
        study.trainer.settings.merging(assignment.values) { $1 }.merging(["type": .string(type)]) { $1 }
    }

    func program(for launch: LaunchRequest) throws(TrainerSettingsError) -> TrialProgram {
        let settings = try settings(for: launch.trial.assignment, in: launch.study)
        return TrialProgram(
            command: ["/bin/sh", launch.study.trainer.settings["script"]?.text ?? "", "toy.json"],
            environment: ["TOY_THREADS": String(launch.threads)], files: ["toy.json": TrialJSON.file(.object(settings))])
    }

    func reportSource(of study: StudySpecification) -> ReportSource { ReportSource(pattern: "loss ([0-9.]+)") }
}
