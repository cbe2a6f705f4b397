import HTTPTypes
import SearchSpaces
import Studies
import TrainerSettings

extension StudyRequest {
    /// A request as a page sends it: `{"kind": "prune", "trial": 3, "reason": "too slow"}`.
    ///
    /// - Throws: ``Refusal``.
    init(_ body: SettingValue) throws(Refusal) {
        guard case .object(let words) = body, let kind = words["kind"]?.text else {
            throw Refusal(.badRequest, "a request is an object with 'kind'")
        }
        func text(_ name: String) throws(Refusal) -> String {
            guard let text = words[name]?.text, !text.isEmpty, text.utf8.count <= 10_000 else {
                throw Refusal(.badRequest, "'\(kind)' needs '\(name)', a text of up to 10,000 bytes")
            }
            return text
        }
        func number(_ name: String) throws(Refusal) -> Int {
            guard let number = words[name]?.integer else {
                throw Refusal(.badRequest, "'\(kind)' needs '\(name)', a whole number")
            }
            return number
        }
        let trial = words["trial"]?.integer.map { Trial.ID($0) }
        switch kind {
        case "stop": self = .stop(reason: words["reason"]?.text)
        case "prune": self = .prune(Trial.ID(try number("trial")), reason: words["reason"]?.text)
        case "workers": self = .workers(try number("count"))
        case "note": self = .note(try text("text"), trial)
        case "tag": self = .tag(try text("text"), trial)
        case "remove": self = .remove(try number("number"))
        case "enqueue":
            guard case .object(let values)? = words["values"] ?? .object([:]) else {
                throw Refusal(.badRequest, "'enqueue' needs 'values', an object")
            }
            self = .enqueue(Assignment(values), clone: words["clone"]?.integer.map { Trial.ID($0) })
        default:
            throw Refusal(
                .badRequest, "'\(kind)' is no request; there are stop, prune, workers, enqueue, note, tag and remove")
        }
    }
}
