import HTTPAccess
import HTTPTypes
import SearchSpaces
import Studies
import TrainerSettings

extension StudyRequest {
    /// A request as a page sends it: `{"kind": "prune", "trial": 3, "reason": "too slow"}`.
    ///
    /// - Parameter read: reads values as people write them.
    /// - Throws: ``Refusal``.
    init(_ body: SettingValue, read: ValuesReader) throws(Refusal) {
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
        // What is there has to be what it is for: a note would be the study's where its trial is no number.
        func optional<Value>(_ name: String, _ read: (SettingValue) -> Value?, _ kind: String) throws(Refusal) -> Value? {
            guard let value = words[name], value != .null else { return nil }
            guard let read = read(value) else { throw Refusal(.badRequest, "'\(name)' is no \(kind)") }
            return read
        }
        // As `enqueue --set` takes them: [query, value] is a list.
        func written() throws(Refusal) -> [String: SettingValue] {
            guard let given = words["settings"] else { return [:] }
            guard case .object(let texts) = given, texts.values.allSatisfy({ $0.text != nil }) else {
                throw Refusal(.badRequest, "'settings' is no object of texts")
            }
            do { return try read(texts.compactMapValues(\.text)).values } catch { throw Refusal(.badRequest, "\(error)") }
        }
        let trial = try optional("trial", \.integer, "whole number").map { Trial.ID($0) }
        let reason = try optional("reason", \.text, "text")
        switch kind {
        case "stop": self = .stop(reason: reason)
        case "prune": self = .prune(Trial.ID(try number("trial")), reason: reason)
        case "workers": self = .workers(try number("count"))
        case "note": self = .note(try text("text"), trial)
        case "tag": self = .tag(try text("text"), trial)
        case "remove": self = .remove(try number("number"))
        case "enqueue":
            guard case .object(let values)? = words["values"] ?? .object([:]) else {
                throw Refusal(.badRequest, "'enqueue' needs 'values', an object")
            }
            self = .enqueue(
                Assignment(values.merging(try written()) { own, _ in own }),
                clone: try optional("clone", \.integer, "whole number").map { Trial.ID($0) })
        default:
            throw Refusal(
                .badRequest, "'\(kind)' is no request; there are stop, prune, workers, enqueue, note, tag and remove")
        }
    }
}
