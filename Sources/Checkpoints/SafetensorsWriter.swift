import FoundationEssentials
import Tensors
import TrainerSettings

/// Writes tensors of 32-bit floats and free text as one safetensors file.
package enum SafetensorsWriter {
    package struct Tensor {
        package let name: String
        let tensor: FloatTensor

        package var shape: [Int] { tensor.shape }
        /// A copy of the numbers.
        package var values: [Float] { withExtendedLifetime(tensor) { Array(tensor.values) } }

        private init(_ name: String, _ tensor: FloatTensor) { (self.name, self.tensor) = (name, tensor) }

        /// The same under another name.
        package func named(_ name: String) -> Tensor { Tensor(name, tensor) }

        /// - Parameter owner: keeps the values where they are; they are written from there, without a copy.
        package init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>, of owner: AnyObject) {
            precondition(shape.reduce(1, *) == values.count)
            self.name = name
            tensor = FloatTensor(shape: shape, values: values, owner: owner)
        }

        package init(name: String, shape: [Int], values: [Float]) {
            let storage = FloatStorage(count: values.count)
            _ = storage.values.update(fromContentsOf: values)
            self.init(name: name, shape: shape, values: UnsafeBufferPointer(storage.values), of: storage)
        }

        /// The numbers as the file has them.
        package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            withExtendedLifetime(tensor) { body(UnsafeRawBufferPointer(tensor.values)) }
        }
    }

    /// Atomic: the path holds what it held before, or the whole new file.
    ///
    /// - Parameter previous: a path in the same folder that what was there before gets; nil: it goes.
    package static func write(
        _ tensors: [Tensor], metadata: [String: String] = [:], to path: String, keeping previous: String? = nil
    ) throws(CheckpointError) {
        let sorted = tensors.sorted { $0.name < $1.name }
        let json = header(of: sorted.map { ($0.name, $0.shape) }, metadata: metadata)
        let size = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        defer { withExtendedLifetime(sorted) {} }
        do throws(AtomicFileError) {
            try AtomicFile.write([size, json] + sorted.map(\.borrowed), to: path, keeping: previous)
        } catch {
            throw CheckpointError(error)
        }
    }

    /// The size in bytes of the file that ``write(_:metadata:to:)`` would write.
    package static func byteCount(of shapes: [(name: String, shape: [Int])], metadata: [String: String] = [:]) -> Int {
        let json = header(of: shapes.sorted { $0.name < $1.name }, metadata: metadata)
        return shapes.reduce(MemoryLayout<UInt64>.size + json.count) { $0 + byteCount(of: $1.shape) }
    }

    private static func byteCount(of shape: [Int]) -> Int { shape.reduce(MemoryLayout<Float>.size, *) }

    /// The header's JSON, filled up with spaces to a multiple of eight bytes; the tensors follow in the order given.
    static func header(
        of shapes: [(name: String, shape: [Int])], type: SafetensorsFile.ElementType = .float32, metadata: [String: String]
    ) -> Data {
        var header: [String: SettingValue] = [:]
        if !metadata.isEmpty { header[SafetensorsHeader.metadataKey] = .object(metadata.mapValues(SettingValue.string)) }
        var offset = 0
        for (name, shape) in shapes {
            let end = offset + shape.reduce(type.byteCount, *)
            header[name] = .object([
                "dtype": .string(type.rawValue), "shape": .array(shape.map(SettingValue.int)),
                "data_offsets": .array([.int(offset), .int(end)]),
            ])
            offset = end
        }
        var json = Data(JSONWriter.text(.object(header), .cell).utf8)
        json.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        return json
    }
}

extension SafetensorsWriter.Tensor {
    /// The numbers where they are: valid as long as the tensor lives.
    fileprivate var borrowed: Data {
        guard let start = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(tensor.values.baseAddress)) else { return Data() }
        return Data(bytesNoCopy: start, count: tensor.values.count * MemoryLayout<Float>.size, deallocator: .none)
    }
}
