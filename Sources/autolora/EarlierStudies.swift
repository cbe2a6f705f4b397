import Foundation
import Imports
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Reads the studies that a space file's `warm_start` names.
struct EarlierStudies {
    let specification: StudySpecification
    let file: SpaceFile
    /// The folder with the studies.
    let root: String
    /// What to say of how they were read.
    private(set) var notes: [String] = []

    init(for specification: StudySpecification, file: SpaceFile, in root: String) {
        (self.specification, self.file, self.root) = (specification, file, root)
    }

    /// - Throws: `SpaceFileError` for one that is not there or has nothing to teach.
    mutating func read() throws -> [EarlierStudy] {
        var studies = try specification.warmStart.studies.map(own)
        for source in specification.warmStart.foreign { studies.append(try foreign(source)) }
        return studies
    }

    private func own(_ name: String) throws -> EarlierStudy {
        func refused(_ problem: String) -> SpaceFileError { file.refusal(ofEarlierStudy: name, problem) }
        guard name != specification.name else {
            throw refused("study '\(name)' is this one; resume goes on with a study")
        }
        let (record, history): (StudyRecord, History)
        do {
            let store = try StudyStore.open(StudyFolder(root: root, name: name), for: .reading)
            (record, history) = (try store.study(), try store.history())
        } catch let error as StudyStoreError {
            throw refused("\(error)")
        }
        let metric = specification.metric
        guard record.metric == metric.name, record.goal == metric.goal else {
            throw refused(
                "study '\(name)' is to \(record.goal.rawValue) \(record.metric), this one to \(metric.goal.rawValue) \(metric.name)"
            )
        }
        let names = Set(history.trials.flatMap { $0.assignment.values.keys })
        guard specification.space.parameters.contains(where: { names.contains($0.name) }) else {
            throw refused("study '\(name)' has " + (names.isEmpty ? "no trial yet" : "none of this one's parameters"))
        }
        return EarlierStudy(name: name, history: history, constraints: specification.constraints)
    }

    // MARK: - Of other programs

    private mutating func foreign(_ source: ForeignSource) throws -> EarlierStudy {
        func refused(_ problem: String) -> SpaceFileError { file.refusal(ofEarlierStudy: source.title, problem) }
        let (space, goal) = (specification.space, specification.metric.goal)
        let own = space.parameters.map(\.name)
        let metric = source.metric ?? (source.kind == .csv ? specification.metric.name : nil)
        var study: ForeignStudy
        do throws(ImportError) {
            study = try ForeignFormats.read(
                path(of: source), ImportRequest(study: source.study, metric: metric),
                as: source.kind == .csv ? [ForeignFormats.table] : ForeignFormats.optuna)
        } catch {
            throw refused("\(error)")
        }
        if let other = study.goal, other != goal {
            throw refused("study '\(study.name ?? source.title)' is to \(other.rawValue), this one to \(goal.rawValue)")
        }
        for name in source.rename.keys.sorted() where !study.parameters.contains(name) {
            throw refused(
                "rename: \(source.title) has no parameter '\(name)'\(nearestHint(to: name, among: study.parameters.sorted()))")
        }
        study = study.renaming(source.rename.merging(guesses(for: study, besides: source)) { given, _ in given })
        let shared = own.filter(study.parameters.contains)
        guard !shared.isEmpty else {
            let found = study.parameters.sorted().prefix(12).joined(separator: ", ")
            throw refused(
                study.trials.isEmpty
                    ? "\(source.title) has no trial that has ended"
                    : "\(source.title) has none of this study's parameters but \(found); say which is which: rename: {theirs: ours}"
            )
        }
        notes.append(
            "warm_start: \(source.title): \(study.trials.count) trials, by \(shared.joined(separator: ", "))"
                + (study.leftOut > 0 ? "; \(study.leftOut) that failed or have not ended are left out" : ""))
        return EarlierStudy(
            name: source.title, history: study.history(goal, keepingNumbers: true), constraints: specification.constraints)
    }

    private func path(of source: ForeignSource) -> String {
        guard !source.path.hasPrefix("/") else { return source.path }
        return URL(filePath: file.file).deletingLastPathComponent().appending(path: source.path).standardizedFileURL
            .path(percentEncoded: false)
    }

    /// What parameters of a file are called here, where that is known and nothing else is said.
    private mutating func guesses(for study: ForeignStudy, besides source: ForeignSource) -> [String: String] {
        let theirs = study.parameters.subtracting(source.rename.keys)
        var names: [String: String] = [:]
        for own in specification.space.parameters.map(\.name)
        where !theirs.contains(own) && !source.rename.values.contains(own) {
            let others = TrainerSettings.table.first { $0.name == own }?.otherNames ?? []
            let found = theirs.filter { others.contains($0.lowercased()) && specification.space[$0] == nil }
            guard found.count == 1, let name = found.first else { continue }
            names[name] = own
            notes.append("warm_start: \(source.title): '\(name)' is taken for \(own); rename: {\(name): ...} says otherwise")
        }
        return names
    }
}

extension FirstDesign {
    /// A line for each configuration, and where it is from; nil: there is none.
    var text: String? {
        guard !entries.isEmpty else { return nil }
        let lines = entries.enumerated().map { number, entry in
            "trial \(number)".padded(9) + entry.assignment.summary + "   (\(entry.origin.text))"
        }
        return (["tried first"] + lines).joined(separator: "\n")
    }
}

extension FirstDesign.Origin {
    fileprivate var text: String {
        switch self {
        case .enqueued: "enqueued"
        case .recipe(let name): "recipe: \(name)"
        case .earlier(let study, let trial): "after trial \(trial) of study \(study)"
        }
    }
}
