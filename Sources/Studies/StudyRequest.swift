package import SearchSpaces

/// What somebody asks of a study from outside the process that runs it.
package enum StudyRequest: Sendable, Hashable {
    /// The run ends as by Ctrl-C; the study can be resumed.
    case stop(reason: String?)
    /// Likewise, and the jobs of its trials go on without it.
    case detach(reason: String?)
    /// The trial ends and is pruned.
    case prune(Trial.ID, reason: String?)
    /// A configuration is tried before a strategy is asked for more. What it leaves open comes from the trial that is cloned, or is
    /// drawn.
    case enqueue(Assignment, clone: Trial.ID?)
    /// So many trials run at the same time from now on.
    case workers(Int)
    /// A text on a trial; nil: on the study.
    case note(String, Trial.ID?)
    /// A word to find a trial by; nil: the study.
    case tag(String, Trial.ID?)
    /// What an earlier request has added is taken back: a note, a tag, a configuration that has not been started.
    case remove(Int)

    /// Whether it makes sense only while the study runs.
    package var needsRun: Bool {
        switch self {
        case .stop, .detach, .prune, .workers: true
        case .enqueue, .note, .tag, .remove: false
        }
    }

    /// For people: "prune trial 3 (too slow)".
    package var words: String {
        func because(_ reason: String?) -> String { reason.map { " (\($0.inShort))" } ?? "" }
        func place(_ trial: Trial.ID?) -> String { trial.map { "trial \($0)" } ?? "the study" }
        return switch self {
        case .stop(let reason): "stop\(because(reason))"
        case .detach(let reason): "detach\(because(reason))"
        case .prune(let trial, let reason): "prune trial \(trial)\(because(reason))"
        case .enqueue(let assignment, let clone):
            "enqueue" + (clone.map { " trial \($0)'s configuration" } ?? "")
                + (assignment.values.isEmpty ? "" : (clone == nil ? " " : " with ") + assignment.pairs)
        case .workers(let count): "workers \(count)"
        case .note(let text, let trial): "note on \(place(trial)): \(text.inShort)"
        case .tag(let tag, let trial): "tag \(place(trial)) \(tag.inShort)"
        case .remove(let number): "take back request \(number)"
        }
    }
}

/// A request as the store has it.
package struct RecordedRequest: Sendable, Hashable, Identifiable {
    /// From 1.
    package let number: Int
    /// When it was made, in seconds since 1970.
    package let at: Double
    /// A configuration that was taken is whole.
    package var request: StudyRequest
    /// nil: nobody has answered yet.
    package var answer: Answer?

    package struct Answer: Sendable, Hashable {
        /// false: it was refused.
        package let isDone: Bool
        /// What was done, or why it was not and what to do.
        package let text: String
        /// Seconds since 1970.
        package let at: Double

        package init(isDone: Bool, text: String, at: Double) { (self.isDone, self.text, self.at) = (isDone, text, at) }
    }

    package init(number: Int, at: Double, _ request: StudyRequest, answer: Answer? = nil) {
        (self.number, self.at, self.request, self.answer) = (number, at, request, answer)
    }

    package var id: Int { number }

    package var isDone: Bool { answer?.isDone == true }

    /// For people, with the answer where there is one.
    package var words: String {
        "request \(number), \(request.words)" + (answer.map { ": \($0.isDone ? "" : "refused: ")\($0.text)" } ?? "")
    }

    /// What is said of a trial that was pruned by it.
    package var pruning: String {
        guard case .prune(_, let reason?) = request else { return "pruned by request \(number)" }
        return "pruned by request \(number): \(reason)"
    }
}

extension String {
    /// As much as is said again of a text that somebody gave.
    fileprivate var inShort: String {
        index(startIndex, offsetBy: 201, limitedBy: endIndex) == nil ? self : prefix(200) + "..."
    }
}

extension Assignment {
    /// "learning_rate=0.001 r=8", by name.
    package var pairs: String { values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
