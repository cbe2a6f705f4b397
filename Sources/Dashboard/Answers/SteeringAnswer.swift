import Studies
import StudyViews
import TrainerSettings

/// Requests, notes and tags as the page shows them.
enum SteeringAnswer {
    static func json(_ request: RecordedRequest) -> SettingValue {
        .object([
            "number": .int(request.number), "at": .double(request.at), "words": .string(request.words),
            "done": request.answer.map { .bool($0.isDone) } ?? .null, "answer": .text(request.answer?.text),
        ])
    }

    static func json(_ marks: [RequestLog.Mark]?) -> SettingValue {
        .array((marks ?? []).map { .object(["number": .int($0.number), "at": .double($0.at), "text": .string($0.text)]) })
    }
}
