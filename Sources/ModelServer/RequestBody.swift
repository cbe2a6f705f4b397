import FoundationEssentials
import HTTPAccess
import HTTPTypes
import Hummingbird
import NIOCore
import TrainerSettings

/// The fields of a request's JSON object. Each is asked for once; what nobody asked for is refused.
struct RequestFields {
    private var values: [String: SettingValue]

    init(_ values: [String: SettingValue]) { self.values = values }

    /// - Throws: a refusal of a body that is too large, too slow, or no JSON object.
    init(_ request: Request, _ settings: ServerSettings) async throws {
        let (most, patience) = (settings.bodyLimit, settings.patience)
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most { throw Self.tooLarge(most) }
        let bytes = try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { try await request.body.collect(upTo: most) }
            group.addTask {
                try await Task.sleep(for: .seconds(patience))
                throw Refusal(
                    .requestTimeout, "the request was not there within \(SettingValue.short(patience)) s; send it at once")
            }
            defer { group.cancelAll() }
            do {
                return try await group.next() ?? ByteBuffer()
            } catch is NIOTooManyBytesError {
                throw Self.tooLarge(most)
            }
        }
        let value = try JSONInput.decode(SettingValue.self, from: Data(bytes.readableBytesView), of: "the request")
        guard case .object(let values) = value else { throw Refusal(.badRequest, "the request is no JSON object") }
        self.values = values
    }

    private static func tooLarge(_ most: Int) -> Refusal {
        Refusal(
            .contentTooLarge, "the request is too large: expected \(most) bytes at most; send less text, or several requests")
    }

    /// nil: it is not there, or null.
    mutating func value(_ name: String) -> SettingValue? {
        let value = values.removeValue(forKey: name) ?? .null
        return value == .null ? nil : value
    }

    mutating func text(_ name: String) throws(Refusal) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw Self.wrong(name, value, "a text") }
        return text
    }

    /// One text or a list of them.
    mutating func texts(_ name: String) throws(Refusal) -> [String]? {
        guard let value = value(name) else { return nil }
        if let text = value.text { return [text] }
        guard case .array(let list) = value, list.allSatisfy({ $0.text != nil }) else {
            throw Self.wrong(name, value, "a text, or a list of texts")
        }
        return list.compactMap(\.text)
    }

    mutating func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { throw Self.wrong(name, value, "true or false") }
        return flag
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw Self.wrong(name, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func number(_ name: String, _ range: ClosedRange<Double>) throws(Refusal) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.number, range.contains(number) else {
            throw Self.wrong(
                name, value, "a number from \(SettingValue.short(range.lowerBound)) to \(SettingValue.short(range.upperBound))")
        }
        return number
    }

    /// A field that has one value alone that is known here.
    mutating func only(_ name: String, _ known: SettingValue) throws(Refusal) {
        if let value = value(name), value != known { throw Self.wrong(name, value, "\(known): nothing else is available here") }
    }

    /// Refuses what is left.
    func end() throws(Refusal) {
        guard let name = values.filter({ $0.value != .null }).keys.min() else { return }
        throw Refusal(.badRequest, "'\(name.prefix(64))' is not available here; leave it out")
    }

    static func wrong(_ name: String, _ value: SettingValue, _ expected: String) -> Refusal {
        Refusal(.badRequest, "'\(name)' is \("\(value)".prefix(80)); expected \(expected)")
    }
}
