package import SearchSpaces
package import SpaceFiles
package import Studies
package import TrainerSettings

/// A program that runs trials: how its part of a space file is read and checked, how it is started, and what its trials leave.
///
/// A new one conforms in a file or folder of its own and is added to ``TrainerList/programs``. It has to say ``type`` and ``name``, to
/// read its section, to say what config.json tells of it, and what to start; all else has a default that fits a program of which nothing
/// is known. The first half of the protocol, `TrainerType`, is what the reader of space files needs.
package protocol Trainer: TrainerType {
    /// What config.json says of the trainer for one configuration.
    ///
    /// - Throws: `TrainerSettingsError` for a configuration that it refuses.
    func settings(for assignment: Assignment, in study: StudySpecification) throws(TrainerSettingsError) -> [String:
        SettingValue]

    /// What to start for a trial, and the files that it finds in the trial's folder.
    ///
    /// - Throws: `TrainerSettingsError`: the trial fails with its words.
    func program(for launch: LaunchRequest) throws(TrainerSettingsError) -> TrialProgram

    /// Where a trial's reports are found. By default where the space file says, else in the dictionaries that it prints.
    func reportSource(of study: StudySpecification) -> ReportSource

    // MARK: - Before a run

    /// Looks for files that the command names from another folder than the space file's; trials can start there.
    ///
    /// - Parameter folders: absolute, where to look besides.
    /// - Returns: what to say of it. By default nothing is looked for.
    func locate(_ file: inout SpaceFile, besides folders: [String]) throws(SpaceFileError) -> SpaceFile.Warning?

    /// Finds out what would make every trial fail, before anything is written or launched; nothing is trained.
    ///
    /// - Parameter environment: that trials will be started in.
    /// - Throws: what the files throw, each naming file and place; `SpaceFileError` for a choice that cannot be run.
    func preflight(_ study: StudySpecification, _ file: SpaceFile, environment: [String: String]) throws -> Preflight

    /// What another section means for the trials that a study has. By default any difference leaves none of them.
    ///
    /// - Parameter areTwoFiles: whether what the first path leads to is still there, and the second does not lead to the same.
    func change(
        from old: StudySpecification, to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) -> TrainerChange

    /// Why trials with different seeds would all train the same, and what to do about it: then nothing can be confirmed. nil, the default:
    /// a trial's seed reaches its program.
    func lackOfSeeds(in study: StudySpecification) -> String?

    // MARK: - After a trial

    /// nil, the default: the formats of its files are its own.
    var files: (any TrialFiles)? { get }

    /// The command that measures a trial's adapter on data that no trial has seen, and prints the figures as one line of JSON.
    ///
    /// - Returns: nil, the default: there are no such data.
    func test(_ folder: TrialFolder, in study: StudySpecification, autolora: String) -> [String]?

    /// The base model as the space file names it; nil, the default: an adapter's files name it already as they should.
    func modelName(for assignment: Assignment, in study: StudySpecification) -> String?
}

extension Trainer {
    package func reportSource(of study: StudySpecification) -> ReportSource { study.reportSource }

    package func locate(_ file: inout SpaceFile, besides folders: [String]) throws(SpaceFileError) -> SpaceFile.Warning? { nil }

    package func preflight(_ study: StudySpecification, _ file: SpaceFile, environment: [String: String]) throws -> Preflight {
        try file.requirePaths()
        return Preflight()
    }

    package func change(
        from old: StudySpecification, to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) -> TrainerChange {
        old.trainer.settings == new.trainer.settings ? TrainerChange() : .another
    }

    package func lackOfSeeds(in study: StudySpecification) -> String? { nil }

    package var files: (any TrialFiles)? { nil }

    package func test(_ folder: TrialFolder, in study: StudySpecification, autolora: String) -> [String]? { nil }

    package func modelName(for assignment: Assignment, in study: StudySpecification) -> String? { nil }
}
