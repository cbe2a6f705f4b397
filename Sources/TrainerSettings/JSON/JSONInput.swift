package import FoundationEssentials

/// JSON that comes from outside: files, cells of a store, lines. Whatever reads such JSON reads it here.
///
/// Foundation's reader ends the process at its 513th open bracket, takes time in the square of the depth and seldom says where a mistake
/// is. This one checks size, depth and syntax first, and refuses what it refuses with its place.
package enum JSONInput {
    /// Levels of brackets. Nothing that we know of has half as many.
    package static let deepest = 96
    /// Bytes of a file.
    package static let largest = 256 << 20

    /// What a file says.
    ///
    /// - Throws: ``JSONInputError`` with the file, and with line and column where the mistake has them.
    package static func read<Value: Decodable>(
        _ type: Value.Type, file path: String, atMost limit: Int = largest, links: RegularFile.Links = .followed
    ) throws(JSONInputError) -> Value {
        let data: Data
        do throws(RegularFileError) {
            data = try RegularFile.read(path, atMost: limit, links: links)
        } catch {
            throw JSONInputError(place: error.path, problem: error.problem, isMissing: error.isMissing)
        }
        return try decode(type, from: data, of: path)
    }

    /// The JSON object in a file.
    ///
    /// - Throws: ``JSONInputError`` with the file, and with line and column where the mistake has them.
    package static func object(
        file path: String, atMost limit: Int = largest, links: RegularFile.Links = .followed
    ) throws(JSONInputError) -> [String: SettingValue] {
        guard case .object(let values) = try read(SettingValue.self, file: path, atMost: limit, links: links) else {
            throw JSONInputError(place: path, problem: "is no JSON object")
        }
        return values
    }

    /// What a piece of JSON says.
    ///
    /// - Parameters:
    ///   - place: the file.
    ///   - line: of the file, where the piece begins.
    /// - Throws: ``JSONInputError`` with the file, and with line and column where the mistake has them.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, of place: String, line: Int? = nil, _ options: JSONDecoding = JSONDecoding()
    ) throws(JSONInputError) -> Value {
        var text = data
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        try check(text, of: place, line: line)
        do {
            return try JSONReader.value(of: text, deepest: deepest, namesAreUnique: options.namesAreUnique).decoded(
                as: type, options)
        } catch {
            let problem = (error as? DecodingError)?.problem ?? (error as? any JSONProblem)?.problem ?? "\(error)"
            throw JSONInputError(place: line.map { "\(place):\($0)" } ?? place, problem: problem)
        }
    }

    /// Refuses what is no JSON, or nested too deep, without reading what it says.
    ///
    /// - Throws: ``JSONInputError`` with line and column of the first mistake.
    package static func check(_ text: Data, of place: String, line: Int? = nil) throws(JSONInputError) {
        if let mistake = text.withUnsafeBytes({ JSONScanner.firstMistake(in: $0, deepest: deepest) }) {
            throw JSONInputError(mistake, in: text, of: place, firstLine: line ?? 1)
        }
    }
}

/// What a type's own `init(from:)` throws to say in its own words what is wrong.
package protocol JSONProblem: Error {
    var problem: String { get }
}

/// Why JSON from outside was not read, and where in it.
package struct JSONInputError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, with line and column where they are known.
    package let place: String
    package let problem: String
    /// Whether there is no such file.
    package let isMissing: Bool

    package init(place: String, problem: String, isMissing: Bool = false) {
        (self.place, self.problem, self.isMissing) = (place, problem, isMissing)
    }

    init(_ mistake: JSONMistake, in text: Data, of place: String, firstLine: Int) {
        let before = text.prefix(mistake.offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + firstLine
        let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 - before.startIndex + 1 } ?? 0) + 1
        self.init(place: "\(place):\(line):\(column)", problem: mistake.problem)
    }

    package var description: String { "\(place): \(problem)" }
}

extension DecodingError {
    /// One line: which key is wrong and what it should be.
    package var problem: String {
        func key(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            let path = context.codingPath + (last.map { [$0] } ?? [])
            return path.isEmpty
                ? "it" : "'" + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + "'"
        }
        switch self {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "\(key(context)) is no \(Self.word(for: type))"
        case .keyNotFound(let name, let context): return "\(key(context, name)) is missing"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "is no valid JSON" : "\(key(context)): \(context.debugDescription)"
        @unknown default: return "is no valid JSON"
        }
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "whole number"
        case is any BinaryFloatingPoint.Type: "number"
        case is any Collection.Type where "\(type)".hasPrefix("Dictionary"): "object"
        case is any Collection.Type: "list"
        default: "object"
        }
    }
}
