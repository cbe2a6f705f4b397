import Checkpoints
import Foundation

/// A GGUF file in parts, however wrong.
struct GGUFImage {
    enum Value {
        case string(String)
        case strings([String])
        case integers([Int32])
        /// The type's code and the value's bytes.
        case raw(UInt32, [UInt8])
    }

    struct Tensor {
        var name: String
        /// As the file has it: the fastest first.
        var dimensions: [UInt64]
        var type: UInt32
        var offset: UInt64 = 0
    }

    var mark = Array("GGUF".utf8)
    var version: UInt32 = 3
    var keys: [(String, Value)] = [("general.architecture", .string("llama"))]
    var tensors: [Tensor] = []
    /// nil: as many as there are.
    var tensorCount: UInt64?
    var keyCount: UInt64?
    var alignment = 32
    var data: [UInt8] = []

    var bytes: Data {
        var bytes = mark + Self.number(version) + Self.number(tensorCount ?? UInt64(tensors.count))
        bytes += Self.number(keyCount ?? UInt64(keys.count))
        for (key, value) in keys { bytes += Self.text(key) + Self.bytes(value) }
        for tensor in tensors {
            bytes += Self.text(tensor.name) + Self.number(UInt32(tensor.dimensions.count))
            bytes += tensor.dimensions.flatMap(Self.number) + Self.number(tensor.type) + Self.number(tensor.offset)
        }
        bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
        return Data(bytes + data)
    }

    static func number(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    static func number(_ value: Float) -> [UInt8] { number(value.bitPattern) }

    static func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func bytes(_ value: Value) -> [UInt8] {
        switch value {
        case .string(let string): number(UInt32(8)) + text(string)
        case .strings(let strings):
            number(UInt32(9)) + number(UInt32(8)) + number(UInt64(strings.count)) + strings.flatMap(text)
        case .integers(let values):
            number(UInt32(9)) + number(UInt32(5)) + number(UInt64(values.count)) + values.flatMap { number($0) }
        case .raw(let type, let bytes): number(type) + bytes
        }
    }

    /// Writes the file and opens it; it is gone after the body.
    func opened<Result>(_ body: (GGUFFile) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let path = folder + "/x.gguf"
            try bytes.write(to: URL(filePath: path))
            return try body(GGUFFile(path: path))
        }
    }

    /// What opening it, and the body, say; nil: nothing.
    func problem(_ body: (GGUFFile) throws -> Void = { _ in }) throws -> String? {
        do {
            try opened(body)
            return nil
        } catch let error as CheckpointError {
            return error.problem
        }
    }
}
