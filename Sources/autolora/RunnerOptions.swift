import ArgumentParser
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import Trainers
import TrialRunners

/// Where trials run, on a command line: what a space file says in `runner`.
struct RunnerOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where trials run, instead of the space file's runner: its type and keys, `slurm partition=gpu time=2h cpus=8`.",
            valueName: "type key=value")) var runner: [String] = []

    /// Has a study run there; without the option, where it ran before.
    ///
    /// - Parameter known: what was said of it before; nil: nothing.
    func apply(to file: inout SpaceFile, known: [String]? = nil) throws(SpaceFileError) {
        try file.run(on: runner.isEmpty ? known ?? [] : runner)
    }
}

/// Whether jobs outlive a run that is told to stop.
struct DetachOption: ParsableArguments {
    @Flag(help: "With runner slurm: Ctrl-C leaves the jobs running; `resume` takes them up.") var detach = false

    func require(_ specification: StudySpecification) throws {
        guard detach, specification.cluster == nil else { return }
        throw ValidationError("--detach: trials of this machine end with their run; it is for runner slurm")
    }
}

extension StudySession {
    /// What runs the study's trials.
    static func runner(
        _ specification: StudySpecification, _ store: StudyStore, places: (any Places)?,
        tell: @escaping @Sendable (String) -> Void
    )
        throws -> any TrialRunner
    {
        let executable = try executable()
        guard let request = specification.cluster else {
            return LocalRunner(executable: executable, workers: specification.workers, adoptsOrphans: true, places: places)
        }
        let environment = ProcessInfo.processInfo.environment
        let study = try store.study()
        let pace = environment["AUTOLORA_SLURM_PACE"].flatMap(Double.init).map(SlurmPace.init(times:)) ?? SlurmPace()
        return SlurmRunner(
            executable: executable, version: AutoLoRA.version,
            study: SlurmRunner.tag(study: study.name, folder: store.folder.path, createdAt: study.createdAt), request: request,
            queue: SlurmQueue(request, executable: executable, environment: environment), pace: pace,
            pilots: store.folder.path + "/workers", tell: tell)
    }
}
