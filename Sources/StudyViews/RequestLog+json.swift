import SearchSpaces
package import Studies
package import TrainerSettings

extension SettingValue {
    /// Tags, as their words.
    static func texts(_ marks: [RequestLog.Mark]) -> SettingValue { .array(marks.map { .string($0.text) }) }

    /// Notes, with the numbers by which they are removed.
    static func notes(_ marks: [RequestLog.Mark]) -> SettingValue {
        .array(marks.map { .object(["number": .int($0.number), "at": .double($0.at), "text": .string($0.text)]) })
    }
}

extension RecordedRequest {
    /// What was asked, and what came of it.
    package var json: SettingValue {
        var entries: [String: SettingValue] = [
            "request": .int(number), "asked": .string(request.words), "at": .double(at),
            "state": .string(answer.map { $0.isDone ? "done" : "refused" } ?? "waiting"), "answer": .text(answer?.text),
        ]
        if case .enqueue(let assignment, _) = request { entries["parameters"] = .object(assignment.values) }
        return .object(entries)
    }
}

extension RequestLog {
    /// The notes and tags of a trial, or of the study itself, as entries of its object; none where there are none.
    func json(on trial: Trial.ID?) -> [String: SettingValue] {
        var entries: [String: SettingValue] = [:]
        if let notes = notes[trial] { entries["notes"] = .notes(notes) }
        if let tags = tags[trial] { entries["tags"] = .texts(tags) }
        return entries
    }
}
