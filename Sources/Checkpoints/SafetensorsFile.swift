import FoundationEssentials
import TrainerSettings

/// A safetensors file, mapped into memory; its whole header is checked when it is opened.
package final class SafetensorsFile {
    package enum ElementType: String, Sendable, Hashable, CaseIterable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case float64 = "F64"
        case int64 = "I64"
        case int32 = "I32"
        case int16 = "I16"
        case int8 = "I8"
        case uint8 = "U8"
        case bool = "BOOL"

        var byteCount: Int {
            switch self {
            case .float64, .int64: 8
            case .float32, .int32: 4
            case .float16, .bfloat16, .int16: 2
            case .int8, .uint8, .bool: 1
            }
        }
    }

    package struct Entry: Sendable, Hashable {
        /// nil: one that is not read here, by its ``typeName``.
        package let type: ElementType?
        package let typeName: String
        package let shape: [Int]
        /// Bytes from the file's beginning.
        package let range: Range<Int>

        package var elementCount: Int { shape.reduce(1, *) }
    }

    package let path: String
    package let metadata: [String: String]
    package let entries: [String: Entry]
    let file: MappedFile

    /// - Throws: `CheckpointError` that names the file and what is damaged in it.
    package init(path: String) throws(CheckpointError) {
        file = try MappedFile(path: path)
        self.path = path
        let parts = try Self.parse(file)
        metadata = parts.metadata
        entries = parts.entries
    }

    /// Gives back the memory of what was read; the tensors stay readable.
    package func releasePages() { file.releasePages() }

    private static func parse(
        _ file: MappedFile
    ) throws(CheckpointError) -> (metadata: [String: String], entries: [String: Entry]) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: file.path, problem: problem) }
        let bytes = file.bytes
        if bytes.starts(with: Array("version https://git-lfs".utf8)) {
            throw fail("is a pointer of Git LFS, not the file itself; run `git lfs pull` in its folder")
        }
        guard bytes.count >= 8 else { throw fail("not a safetensors file: only \(bytes.count) bytes") }
        let headerSize = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard headerSize <= UInt64(bytes.count - 8) else {
            throw fail("truncated, or not a safetensors file: a header of \(headerSize) bytes in a file of \(bytes.count)")
        }
        let dataStart = 8 + Int(headerSize)
        let header: SafetensorsHeader
        do throws(JSONInputError) {
            header = try JSONInput.decode(SafetensorsHeader.self, from: Data(bytes[8..<dataStart]), of: "header")
        } catch {
            throw fail("the header is no valid safetensors JSON (\(error))")
        }
        var entries: [String: Entry] = [:]
        for (name, raw) in header.entries {
            do throws(EntryProblem) {
                entries[name] = try checked(raw, dataStart: dataStart, fileSize: bytes.count)
            } catch {
                throw fail("tensor '\(name)': \(error.problem)")
            }
        }
        return (header.metadata, entries)
    }

    private struct EntryProblem: Error { let problem: String }

    private static func checked(
        _ raw: SafetensorsHeader.Entry, dataStart: Int, fileSize: Int
    ) throws(EntryProblem) -> Entry {
        let type = ElementType(rawValue: raw.dtype)
        guard raw.offsets.count == 2, raw.offsets[0] >= 0, raw.offsets[1] >= raw.offsets[0] else {
            throw .init(problem: "invalid offsets \(raw.offsets)")
        }
        guard raw.offsets[1] <= fileSize - dataStart else {
            throw .init(problem: "truncated file: ends at byte \(raw.offsets[1]) of \(fileSize - dataStart) bytes of data")
        }
        var size = type?.byteCount ?? 1
        for dimension in raw.shape {
            let product = size.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !product.overflow else { throw .init(problem: "invalid shape \(raw.shape)") }
            size = product.partialValue
        }
        guard type == nil || size == raw.offsets[1] - raw.offsets[0] else {
            throw .init(problem: "shape \(raw.shape) of \(raw.dtype) does not fill bytes \(raw.offsets)")
        }
        return Entry(
            type: type, typeName: raw.dtype, shape: raw.shape, range: dataStart + raw.offsets[0]..<dataStart + raw.offsets[1])
    }
}
