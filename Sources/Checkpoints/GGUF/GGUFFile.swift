package import Tensors

/// A GGUF file, mapped into memory; its whole header is checked when it is opened.
package final class GGUFFile {
    package struct Tensor: Sendable, Hashable {
        /// nil: one that is not read here, by its ``typeName``.
        package let type: BlockType?
        package let typeName: String
        /// The slowest dimension first, as other files have it: [outputs, inputs].
        package let shape: [Int]
        /// Bytes from the file's beginning; empty where the type is not read.
        package let range: Range<Int>
        /// Where the header speaks of it.
        let place: Int

        package var elementCount: Int { shape.reduce(1, *) }
    }

    package let path: String
    package let metadata: GGUFMetadata
    /// By GGUF's own names.
    package let tensors: [String: Tensor]
    let file: MappedFile

    private static let mostTensors = 1 << 18

    /// - Throws: `CheckpointError` that names the file, the key or tensor and its place, and what is damaged there.
    package init(path: String) throws(CheckpointError) {
        file = try MappedFile(path: path)
        self.path = path
        var cursor = try Self.begin(file)
        let count = try cursor.count(of: "the number of tensors", size: 24, atMost: Self.mostTensors)
        let keys = try cursor.count(of: "the number of keys", size: 13)
        metadata = try GGUFMetadata(&cursor, count: keys)
        try Self.refuseParts(metadata)
        tensors = try Self.tensors(&cursor, count: count, alignment: Self.alignment(metadata))
    }

    /// Gives back the memory of what was read; the tensors stay readable.
    package func releasePages() { file.releasePages() }

    // MARK: - The header

    /// Checks the mark and the version; the counts follow.
    private static func begin(_ file: MappedFile) throws(CheckpointError) -> GGUFCursor {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: file.path, problem: problem) }
        if file.bytes.starts(with: Array("version https://git-lfs".utf8)) {
            throw fail("is a pointer of Git LFS, not the file itself; run `git lfs pull` in its folder")
        }
        guard file.bytes.starts(with: Array("GGUF".utf8)) else {
            throw fail("not a GGUF file: it does not begin with the four letters GGUF")
        }
        var cursor = GGUFCursor(file, at: 4)
        let version = try cursor.number(UInt32.self, of: "the version")
        switch version {
        case 2, 3: return cursor
        case 2 << 24, 3 << 24:
            throw cursor.failure("the version", at: 4, "the file's numbers are big-endian; convert it to little-endian")
        default:
            throw cursor.failure(
                "the version", at: 4, "is \(version), expected 2 or 3; convert the model again, by a newer program")
        }
    }

    private static func refuseParts(_ metadata: GGUFMetadata) throws(CheckpointError) {
        let key = "split.count"
        if let parts = try metadata.integer(key), parts > 1 {
            throw metadata.failure(
                key, "the file is one of \(parts) parts; join them: llama-gguf-split --merge FIRST-PART WHOLE.gguf")
        }
    }

    private static func alignment(_ metadata: GGUFMetadata) throws(CheckpointError) -> Int {
        let key = "general.alignment"
        let alignment = try metadata.integer(key) ?? 32
        guard (1...1 << 20).contains(alignment), alignment.nonzeroBitCount == 1 else {
            throw metadata.failure(key, "is \(alignment), expected a power of two up to \(1 << 20)")
        }
        return alignment
    }

    private static func tensors(
        _ cursor: inout GGUFCursor, count: Int, alignment: Int
    ) throws(CheckpointError) -> [String: Tensor] {
        var raw: [(name: String, tensor: GGUFTensorHeader)] = []
        for number in 0..<count {
            let place = cursor.offset
            let name = try cursor.name(of: "tensor number \(number)")
            raw.append((name, try GGUFTensorHeader(&cursor, name, place: place)))
        }
        // Only now is it known where the header ends.
        let start = (cursor.offset + alignment - 1) / alignment * alignment
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(count)
        for (name, header) in raw {
            let tensor = try header.tensor(name, cursor, dataStart: start, alignment: alignment)
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw cursor.failure("tensor '\(name)'", at: header.place, "is there twice")
            }
        }
        return tensors
    }
}

extension GGUFFile {
    /// A tensor's numbers in the file's own order.
    ///
    /// - Throws: `CheckpointError` where there is none of the name, or its type is not read.
    package func floats(_ name: String) throws(CheckpointError) -> [Float] {
        guard let tensor = tensors[name] else { throw CheckpointError(path: path, problem: "tensor '\(name)' is missing") }
        guard let type = tensor.type, let start = file.bytes.baseAddress else {
            throw CheckpointError(path: path, problem: "tensor '\(name)' is of type \(tensor.typeName), which is not read")
        }
        let size = BlockMatrix.size(of: tensor.shape)
        let blocks = BlockMatrix(
            type, rows: size.rows, columns: size.columns, at: start + tensor.range.lowerBound, of: file)
        return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            if let base = buffer.baseAddress { blocks.read(0..<size.rows, into: base) }
            count = tensor.elementCount
        }
    }

    /// A tensor's bytes as they lie in the file.
    package func bytes(_ tensor: Tensor) -> [UInt8] { Array(file.bytes[tensor.range]) }
}
