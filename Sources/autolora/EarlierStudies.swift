import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Reads the studies that a space file's `warm_start` names.
enum EarlierStudies {
    /// - Throws: `SpaceFileError` for one that is not there or has nothing to teach.
    static func read(for specification: StudySpecification, file: SpaceFile, in root: String) throws -> [EarlierStudy] {
        try specification.warmStart.studies.map { name in
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
