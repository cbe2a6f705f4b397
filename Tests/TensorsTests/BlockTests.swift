import FoundationEssentials
import Tensors
import Testing

@Suite struct BlockTests {
    /// A line of blocks.txt.
    struct Golden: CustomTestStringConvertible {
        let type: BlockType
        let bytes: [UInt8]
        let floats: [Float]
        var testDescription: String { type.name }

        init(_ line: Substring) throws {
            let parts = line.split(separator: " ")
            type = try #require(BlockType.allCases.first { $0.name == parts[0] })
            bytes = Self.bytes(parts[1])
            let raw = Self.bytes(parts[2])
            floats = stride(from: 0, to: raw.count, by: 4).map { place in
                Float(bitPattern: raw[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
            }
        }

        private static func bytes(_ digits: Substring) -> [UInt8] {
            let values = digits.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
            return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
        }
    }

    static let golden: [Golden] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/blocks.txt")
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? Golden($0) }
    }()

    @Test func `there are golden blocks of every type`() {
        #expect(Set(Self.golden.map(\.type)) == Set(BlockType.allCases))
        for golden in Self.golden {
            #expect(golden.bytes.count / golden.type.byteCount * golden.type.weights == golden.floats.count)
        }
    }

    @Test(arguments: Kernels.available, golden)
    func `blocks give the floats of GGUF's own library, bit for bit`(kernels: Kernels, golden: Golden) {
        let storage = FloatStorage(count: golden.bytes.count / 4 + 2)
        // At an odd address: alignment is the file's business.
        let start = UnsafeMutableRawPointer(storage.base) + 1
        start.copyMemory(from: golden.bytes, byteCount: golden.bytes.count)
        let matrix = BlockMatrix(golden.type, rows: 1, columns: golden.floats.count, at: start, of: storage)
        var found = Numbers(zeros: golden.floats.count)
        found.write { matrix.read(0..<1, into: $0, kernels: kernels) }
        for (place, (value, expected)) in zip(found.values, golden.floats).enumerated() {
            // What a computation with no number gives has any bits of that kind.
            let isEqual = expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern
            #expect(isEqual, "\(place): \(value) for \(expected)")
        }
    }

    @Test func `types have GGUF's codes, names and sizes`() {
        #expect(BlockType(rawValue: 12) == .q4_K && BlockType.q4_K.name == "Q4_K" && BlockType.bf16.name == "BF16")
        #expect(BlockType(rawValue: 9) == nil)
        #expect(BlockMatrix.byteCount(.q6_K, rows: 3, columns: 512) == 3 * 2 * 210)
        #expect(BlockType.allCases.filter { !$0.isQuantized } == [.f32, .f16, .bf16])
    }
}
