package import FoundationEssentials
import HTTPAccess
import HTTPTypes
import Hummingbird
import NIOCore
import TrainerSettings

/// The fields of a request's JSON object. Each is asked for once; what nobody asked for is refused.
package struct RequestFields {
    private var values: [String: SettingValue]
    /// What stands before their names in refusals.
    private let place: String

    private init(_ values: [String: SettingValue], of place: String) { (self.values, self.place) = (values, place) }

    /// - Throws: a refusal of a body that is too large, too slow, or no JSON object.
    init(_ request: Request, _ settings: ServerSettings) async throws {
        let (most, patience) = (settings.bodyLimit, settings.patience)
        let bytes = try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { try await Self.bytes(of: request.body, atMost: most) }
            group.addTask {
                try await Task.sleep(for: .seconds(patience))
                throw Refusal(
                    .requestTimeout, "the request was not there within \(SettingValue.short(patience)) s; send it at once")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ByteBuffer()
        }
        try self.init(json: Data(bytes.readableBytesView))
    }

    /// - Throws: a refusal, or `JSONInputError`, of what is no JSON object.
    package init(json: Data) throws {
        let value = try JSONInput.decode(
            SettingValue.self, from: json, of: "the request", JSONDecoding(namesAreUnique: true))
        guard case .object(let values) = value else { throw Refusal(.badRequest, "the request is no JSON object") }
        self.init(values, of: "")
    }

    /// What is too large is read to its end, as far as that is near, and not kept: many clients read no answer before they have sent all.
    private static func bytes(of body: RequestBody, atMost most: Int) async throws -> ByteBuffer {
        var (bytes, count) = (ByteBuffer(), 0)
        do {
            for try await piece in body {
                count += piece.readableBytes
                if count <= most { bytes.writeImmutableBuffer(piece) } else { bytes = ByteBuffer() }
                if count > 32 * most { break }
            }
        } catch let error where !(error is CancellationError) {
            throw Refusal(.badRequest, "the request's body is broken off, or in no form of HTTP; send it again")
        }
        guard count <= most else {
            throw Refusal(
                .contentTooLarge,
                "the request is too large: expected \(most) bytes at most; send less text, or several requests")
        }
        return bytes
    }

    /// nil: it is not there, or null.
    mutating func value(_ name: String) -> SettingValue? {
        let value = values.removeValue(forKey: name) ?? .null
        return value == .null ? nil : value
    }

    mutating func text(_ name: String) throws(Refusal) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw wrong(name, value, "a text") }
        return text
    }

    /// One text or a list of them.
    mutating func texts(_ name: String) throws(Refusal) -> [String]? {
        guard let value = value(name) else { return nil }
        if let text = value.text { return [text] }
        guard case .array(let list) = value, list.allSatisfy({ $0.text != nil }) else {
            throw wrong(name, value, "a text, or a list of texts")
        }
        return list.compactMap(\.text)
    }

    /// The fields of an object, by the path that they are called by.
    mutating func object(_ name: String) throws(Refusal) -> RequestFields? {
        guard let value = value(name) else { return nil }
        guard case .object(let values) = value else { throw wrong(name, value, "an object") }
        return RequestFields(values, of: name + ".")
    }

    mutating func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { throw wrong(name, value, "true or false") }
        return flag
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw wrong(name, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func number(_ name: String, _ range: ClosedRange<Double>) throws(Refusal) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.number, range.contains(number) else {
            throw wrong(
                name, value, "a number from \(SettingValue.short(range.lowerBound)) to \(SettingValue.short(range.upperBound))")
        }
        return number
    }

    /// A field that has one value alone that is known here.
    mutating func only(_ name: String, _ known: SettingValue) throws(Refusal) {
        if let value = value(name), value != known { throw wrong(name, value, "\(known): nothing else is available here") }
    }

    /// Refuses what is left.
    func end() throws(Refusal) {
        guard let name = values.filter({ $0.value != .null }).keys.min() else { return }
        throw Refusal(.badRequest, "'\(place)\(name.prefix(64))' is not available here; leave it out")
    }

    private func wrong(_ name: String, _ value: SettingValue, _ expected: String) -> Refusal {
        Refusal(.badRequest, "'\(place)\(name)' is \("\(value)".prefix(80)); expected \(expected)")
    }
}
