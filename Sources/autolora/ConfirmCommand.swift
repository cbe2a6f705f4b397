import ArgumentParser
import BuiltInTrainer
import Confirmations
import Controller
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import StudyViews
import Trainers

struct ConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Retrains a study's best configurations with further seeds, and says what each is worth.",
        discussion: """
            The best of the search are trained to their full length with seeds that the search has not used, beside a baseline. Whoever is \
            clearly behind gets no further seeds. Asked again with more, it goes on; without options it goes by what was asked last.

            Example: autolora confirm movie-reviews --top 3 --seeds 5 --baseline default
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "How many of the best configurations (default: the space file's, else 3).") var top: Int?
    @Option(help: "Seeds of each at most (default: the space file's, else 5).") var seeds: Int?
    @Option(help: "default, none, a trial's number, or a configuration: r=8,learning_rate=1e-3.") var baseline: String?
    @Option(help: "Trials at the same time.") var workers: Int?
    @Flag(help: "Print the verdict as JSON.") var json = false
    @Flag(help: "Show errors and the verdict alone.") var quiet = false

    func validate() throws {
        let most = (top: ConfirmationSettings.mostFinalists, seeds: ConfirmationSettings.mostSeeds)
        if let top, !(1...most.top).contains(top) { throw ValidationError("--top: found \(top), expected 1 to \(most.top)") }
        if let seeds, !(ConfirmationSettings.fewestSeeds...most.seeds).contains(seeds) {
            throw ValidationError(
                "--seeds: found \(seeds), expected \(ConfirmationSettings.fewestSeeds) to \(most.seeds): with one seed nothing tells"
                    + " how much it matters")
        }
        if let workers, workers < 1 { throw ValidationError("--workers: at least one has to work") }
    }

    func run() async throws {
        try await failing {
            let folder = try StudyFolder(root: study.studies.root, name: study.study)
            let before = try StudyStore.open(folder, for: .reading).study()
            guard !before.isImported else { throw StudyStoreError.imported(name: before.name) }
            outliveLargeFiles()
            try folder.make()
            let lock = try StudyLock(folder)
            let store = try StudyStore.open(folder, for: .writing).held(by: lock)
            defer { store.close() }
            let record = try store.study()
            var file = try store.spaceFile(of: record)
            try file.run(on: record.runner ?? [])
            if let place = try file.locate(besides: [record.folder]), !quiet { Console.error("\(place)") }
            var specification = file.specification
            (specification.name, specification.seed) = (record.name, record.seed)
            specification.metric = record.metric(as: specification.metric)
            specification.workers = workers ?? max(1, record.workers)
            let history = try store.history().withOwnValues(of: specification.space)
            try requireSearched(history, record)
            // Nothing is searched any more.
            specification.runCap = max(1, history.trials.count)
            if let reason = specification.program.lackOfSeeds(in: specification) {
                throw ConfirmationRefusal(description: "study '\(record.name)' cannot be confirmed: \(reason)")
            }
            let settings = try settings(record, specification)
            do throws(ConfirmationPlan.Refusal) {
                _ = try ConfirmationPlan(settings, of: history, in: specification.space, seed: record.seed)
            } catch {
                throw ConfirmationRefusal(description: "study '\(record.name)' cannot be confirmed: \(error)")
            }
            let devices = try await DeviceSetup(for: &specification, file, workers: workers ?? record.workers)
            for line in devices.lines where !quiet { Console.error(line) }
            let isFeasible = try specification.preflight(file).isFeasible
            var session = StudySession(
                specification: specification, store: store, isFeasible: isFeasible, places: devices.places,
                quiet: quiet || json, studies: study.studies)
            session.request = ConfirmationRequest(settings, isExplicit: true)
            session.showsJSON = json
            session.mostWorkers = devices.mostWorkers
            try await session.run()
            _ = consume lock
        }
    }

    /// What is asked for, else what was asked last, else what the space file says.
    private func settings(_ record: StudyRecord, _ specification: StudySpecification) throws -> ConfirmationSettings {
        var settings = specification.confirmation ?? ConfirmationSettings()
        if let last = record.confirmation {
            (settings.top, settings.seeds) = (last.top ?? last.finalists.count, last.seeds.count)
            settings.baseline =
                last.baseline.map { given in
                    given.trial.map { .trial($0.number) } ?? .configuration(given.assignment)
                } ?? ConfirmationSettings.Baseline.none
        }
        settings.top = top ?? settings.top
        settings.seeds = seeds ?? settings.seeds
        if let problem = settings.excess { throw ConfirmationRefusal(description: "--top and --seeds: \(problem)") }
        if let baseline {
            do throws(SpaceFileError) {
                settings.baseline = try ConfirmationSettings.Baseline(baseline, in: specification.space)
            } catch { throw ConfirmationRefusal(description: error.problem) }
        }
        return settings
    }

    private func requireSearched(_ history: History, _ record: StudyRecord) throws {
        let isConfirming = record.confirmation.map { $0.searched == history.trials.count } ?? false
        guard record.finishedAt == nil, !isConfirming || history.trials.contains(where: { !$0.state.isFinal }) else { return }
        let name = record.name + study.studies.repeated
        throw ConfirmationRefusal(
            description:
                "study '\(record.name)' is not finished: first autolora resume \(name), or, to leave it at the trials that there"
                + " are, autolora resume \(name) --trials \(max(1, history.trials.count))")
    }
}

struct ConfirmationRefusal: Error, CustomStringConvertible { let description: String }

extension StudySpecification {
    /// - Throws: where the file wants its best confirmed, and seeds do not reach its program.
    func requireSeeds(_ file: SpaceFile) throws(SpaceFileError) {
        guard confirmation != nil, let reason = program.lackOfSeeds(in: self) else { return }
        throw file.refusal(ofKey: "confirm", "this study cannot be confirmed: \(reason)")
    }

    /// - Parameter history: what there is already; trials that come after a confirmation have greater numbers than there are trials.
    /// - Throws: where the baseline is a trial that the search will not have.
    func requireBaseline(_ file: SpaceFile, after history: History? = nil) throws(SpaceFileError) {
        guard case .trial(let number)? = confirmation?.baseline, number >= trialCount else { return }
        let isThere = history.map { $0.contains(Trial.ID(number)) && !$0[Trial.ID(number)].confirms } ?? false
        guard !isThere, history?.confirmations.isEmpty != false else { return }
        let wayOut =
            history == nil
            ? "" : "; give it --trials \(number + 1) or more, or another baseline in a file of its own by --space FILE"
        throw file.refusal(
            ofKey: "confirm",
            "the baseline is trial \(number), and the study has \(trialCount) trials, from 0; allowed: default, none, a trial's number, "
                + "or a configuration such as {r: 8}\(wayOut)")
    }
}
