import FoundationEssentials
import Glibc
package import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings
package import Trainers
package import TrialRunners

/// Turns a trial into something that can be started: its folder, config.json, command and environment.
package struct TrialPreparation: Sendable {
    private var specification: StudySpecification
    private let study: String
    private let folder: StudyFolder
    private let trainer: any Trainer
    private var machine: LaunchRequest.Machine

    /// - Parameters:
    ///   - study: the study's name.
    ///   - folder: with an absolute root.
    ///   - trainer: the specification's.
    package init(
        specification: StudySpecification, study: String, folder: StudyFolder, trainer: any Trainer,
        machine: LaunchRequest.Machine
    ) {
        self.specification = specification
        self.study = study
        self.folder = folder
        self.trainer = trainer
        self.machine = machine
    }

    /// Writes the trial's config.json and says what to start.
    ///
    /// - Parameters:
    ///   - worker: the slot in which the trial runs.
    ///   - place: what it has to itself there.
    ///   - launchFolder: what it has for its process; nil: the trial's own.
    /// - Throws: `TrainerSettingsError` for a configuration that the trainer refuses; `StudyStoreError.foreign` where
    ///   something else stands for one of the trial's files; what the file system throws.
    package func prepare(
        _ trial: Trial, resuming: Bool, worker: Int, in place: Place? = nil, launchFolder: String? = nil
    ) throws -> Launch {
        let (trialFolder, launchFolder) = (folder.trial(trial.id), launchFolder ?? folder.trial(trial.id))
        try makeFolders(launchFolder)
        try folder.requireOwnFiles(of: trial.id, programsToo: trainer.files?.areAllKnown ?? false)
        AtomicFile.removeAbandoned(in: launchFolder, prefix: "config.json.")
        LaunchMark(log: folder.log(of: trial.id)).write(launch: trial.launches)
        if launchFolder == trialFolder {
            TrialOutput(folder.output(of: trial.id)).begin(
                TrialOutput.Start(launch: trial.launches, reports: trial.reports.count, isResumed: resuming))
        }
        let configuration = try configuration(of: trial)
        try AtomicFile.write([Data(TrialJSON.file(configuration).utf8)], to: launchFolder + "/config.json")
        let (launch, files) = try planned(trial, resuming: resuming, worker: worker, in: place, launchFolder: launchFolder)
        try write(files, of: trial.id, into: launchFolder)
        return launch
    }

    /// What a launch comes to, of which nothing is written: what is started, and the texts of the trial's files by their names.
    package func preview(_ trial: Trial, in place: Place) throws -> (launch: Launch, files: [String: String]) {
        var (launch, files) = try planned(trial, resuming: false, worker: 0, in: place)
        files["config.json"] = TrialJSON.file(try configuration(of: trial))
        launch.environment = launch.environment.filter { $0.value != nil }
        return (launch, files)
    }

    private func planned(
        _ trial: Trial, resuming: Bool, worker: Int, in place: Place? = nil, launchFolder: String? = nil
    ) throws -> (launch: Launch, files: [String: String]) {
        let (trial, specification) = launched(trial)
        let files = folder.files(of: trial.id, in: launchFolder ?? folder.trial(trial.id))
        var variables: [String: String?] = [
            "AUTOLORA_STUDY": study, "AUTOLORA_TRIAL": String(trial.id.number), "AUTOLORA_TRIAL_DIR": files.path,
            "AUTOLORA_CONFIG": files.configuration, "AUTOLORA_SEED": String(seed(of: trial)),
            "AUTOLORA_RESUME_FROM": resuming ? folder.checkpoint(of: trial.id) : nil,
            "AUTOLORA_STOP_AFTER": trial.nextStop.map { String($0) },
            "AUTOLORA_REPORTS": String(trial.reports.count), "AUTOLORA_WORKER": String(worker),
        ]
        // Python keeps back what it prints into a pipe: reports would come when nothing can be decided from them any more.
        if machine.environment["PYTHONUNBUFFERED"] == nil { variables["PYTHONUNBUFFERED"] = "1" }
        variables.merge(place?.environment ?? [:]) { $1 }
        let program = try trainer.program(
            for: LaunchRequest(
                trial, of: specification, in: files, worker: worker, machine: machine, variables: variables))
        var launch = Launch(
            trial: trial.id, command: program.command,
            environment: variables.merging(program.environment) { $1 }, workingFolder: specification.folder,
            folder: files.path, reports: wantedReports, timeout: specification.supervision.trialTimeout,
            silence: specification.supervision.reportTimeout, grace: specification.supervision.grace)
        launch.leases = place?.leases ?? []
        launch.number = trial.launches
        launch.beginning = .init(reports: trial.reports.count, isResumed: resuming, milestone: trial.milestone)
        return (launch, program.files)
    }

    private func write(_ files: [String: String], of id: Trial.ID, into launchFolder: String) throws {
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            let isNested = name.contains("/")
            if isNested { try folder.makeInnerFolders(for: name, of: id, in: launchFolder) }
            // A launch without what it needs of our own programs cannot be: only what it is told of the trial has to last.
            try AtomicFile.write([Data(text.utf8)], to: launchFolder + "/" + name, durable: !isNested)
        }
    }

    /// What config.json says.
    package func configuration(of trial: Trial) throws -> SettingValue {
        let (trial, specification) = launched(trial)
        return try configuration(of: trial, specification)
    }

    /// - Parameters: as they are launched.
    private func configuration(of trial: Trial, _ specification: StudySpecification) throws -> SettingValue {
        var configuration: [String: SettingValue] = [
            "study": .string(study), "trial": .int(trial.id.number), "seed": .int(seed(of: trial)),
            "metric": Self.metric(specification.metric),
            "parameters": .object(specification.space.nested(trial.assignment)),
            "trainer": .object(try trainer.settings(for: trial.assignment, in: specification)),
        ]
        if !specification.otherMetrics.isEmpty { configuration["metrics"] = .array(specification.metrics.map(Self.metric)) }
        return .object(configuration)
    }

    /// A trial and its study as they are launched: with less than the batch where that ran out of memory, and with the trial's own
    /// seed where it has one.
    private func launched(_ trial: Trial) -> (Trial, StudySpecification) {
        var (study, assignment) = (specification, trial.assignment)
        if let seed = trial.seed { study.seed = seed }
        if trial.halvings > 0, let settings = specification.batchSettings {
            settings.halve(trial.halvings, &assignment, in: &study)
        }
        return (trial.with(assignment), study)
    }

    /// How a trial is launched with half its batch should it run out of memory; nil: that cannot be done, or is not wanted.
    func halving(of trial: Trial) -> TrialLife.Halving? {
        guard specification.supervision.onOutOfMemory == .halveBatch, let settings = specification.batchSettings,
            trial.halvings < settings.halvings(trial.assignment, in: specification)
        else { return nil }
        var half = trial
        half.halvings += 1
        let (launched, study) = launched(half)
        guard let sizes = settings.sizes(launched.assignment, in: study) else { return nil }
        return TrialLife.Halving(
            sizes: "\(settings.batch) \(sizes.batch), \(settings.accumulation) \(sizes.accumulation)",
            keepsCheckpoint: settings.keepsCheckpoints)
    }

    private static func metric(_ metric: Metric) -> SettingValue {
        .object(["name": .string(metric.name), "goal": .string(metric.goal.rawValue)])
    }

    private func seed(of trial: Trial) -> Int { trial.seed ?? trial.assignment["seed"]?.integer ?? specification.seed }

    // MARK: - The trial's files

    /// Whether the trial left something to go on from.
    package func hasCheckpoint(_ id: Trial.ID) -> Bool {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.checkpoint(of: id))
        // A file that a killed process was still writing is nothing to go on from.
        return (entries ?? []).contains { !$0.hasSuffix(".tmp") }
    }

    /// Whether there is something in a trial's checkpoint folder, be it what a killed process was writing.
    func hasDraft(_ id: Trial.ID) -> Bool {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.checkpoint(of: id))
        return entries?.isEmpty == false
    }

    private func endFile(of id: Trial.ID) -> String { folder.trial(id) + "/ended.json" }

    /// Keeps how a trial's process ended by itself; without it a resumed study takes the trial for one that was paused.
    func keep(_ end: OwnEnds.End, of id: Trial.ID) {
        guard let bytes = try? JSONWriter.data(end, .cell) else { return }
        try? AtomicFile.write([bytes], to: endFile(of: id), durable: false)
    }

    func keptEnd(of id: Trial.ID) -> OwnEnds.End? {
        try? JSONInput.read(OwnEnds.End.self, file: endFile(of: id), links: .refused)
    }

    /// When each file of a trial's checkpoint was last written.
    func checkpointTimes(of id: Trial.ID) -> [String: Int] {
        let checkpoint = folder.checkpoint(of: id)
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: checkpoint)) ?? []
        return names.reduce(into: [:]) { times, name in
            var status = stat()
            guard lstat(checkpoint + "/" + name, &status) == 0 else { return }
            times[name] = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
        }
    }

    func removeCheckpoint(of id: Trial.ID) {
        try? FileManager.default.removeItem(atPath: folder.checkpoint(of: id))
    }

    /// What the trial's latest launch reported, whether it is on record or not, and how that launch began.
    func printed(by trial: Trial) -> (start: TrialOutput.Start, reports: [ReportLine])? {
        guard let file = wantedReports.source.file else { return TrialOutput(folder.output(of: trial.id)).read(wantedReports) }
        // How much of the file was there when the launch began is not known: what is beyond the record is told by its steps.
        let place = ReportFilePlace(file, folder: folder.trial(trial.id), trial: trial.id.number)
        let reports = Self.unrecorded(place.reports(wantedReports) ?? [], of: trial)
        return (TrialOutput.Start(launch: trial.launches, reports: trial.reports.count, isResumed: true), reports)
    }

    /// What a file tells beyond a trial's reports: by its steps, else its epochs, else where it begins with what is on record.
    private static func unrecorded(_ lines: [ReportLine], of trial: Trial) -> [ReportLine] {
        guard let last = trial.reports.last else { return lines }
        if let step = last.step { return lines.filter { $0.step ?? .min > step } }
        if let epoch = last.metrics.epoch { return lines.filter { $0.metrics.epoch ?? .min > epoch } }
        let begins = lines.count > trial.reports.count && zip(lines, trial.reports).allSatisfy { $0.value == $1.value }
        return begins ? Array(lines.dropFirst(trial.reports.count)) : []
    }

    /// Whether what the trial's latest launch printed is there to be read once more.
    func keepsOutput(of id: Trial.ID) -> Bool {
        wantedReports.source.file == nil && FileTail.length(of: folder.output(of: id)) > 0
    }

    /// It is on record what became of the trial's latest launch.
    func removeOutput(of id: Trial.ID) { TrialOutput(folder.output(of: id)).remove() }

    /// What the trial printed after the report that it was weighed by, as far as it is not on record.
    func reportsAhead(of trial: Trial) -> ReportsAhead? {
        ReportsAhead(at: folder.reportsAhead(of: trial.id))?.beyond(trial.reports.count)
    }

    /// - Parameter ahead: nil: there is nothing to keep.
    func keep(_ ahead: ReportsAhead?, of id: Trial.ID) {
        let path = folder.reportsAhead(of: id)
        if let ahead { ahead.write(to: path) } else { try? FileManager.default.removeItem(atPath: path) }
    }

    /// So many threads are each launch's from now on.
    mutating func share(threads: Int) { machine.threads = threads }

    /// A trial has named the study's metric.
    mutating func adopt(_ metric: Metric) { specification.metric = metric }

    /// What is looked for in what a trial says.
    var wantedReports: WantedReports {
        let constrained = specification.reportedConstraints.keys.sorted()
        return WantedReports(
            metric: specification.metric.isNamed ? specification.metric.name : nil,
            others: specification.otherMetrics.map(\.name) + constrained,
            source: trainer.reportSource(of: specification), parameters: specification.space.figureNames)
    }

    /// Why a trial that ended well has not reported, from what it printed since a place in its log.
    func lackOfReports(of id: Trial.ID, from start: Int) -> String {
        MissingReports(wanted: wantedReports, folder: folder.trial(id), trial: id.number, log: folder.log(of: id)).words(
            from: start)
    }
}
