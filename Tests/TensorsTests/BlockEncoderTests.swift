import Foundation
import Testing

@testable import Tensors

/// Floats as blocks, against GGUF's own library (Benchmarks/fixtures/make_quantized_fixture.py) and by how far they are read back.
@Suite struct BlockEncoderTests {
    private static let file = String(#filePath.dropLast("BlockEncoderTests.swift".count)) + "Fixtures/quantized.json"

    private func golden() throws -> (values: [Float], bytes: [String: [UInt8]]) {
        let data = try #require(FileManager.default.contents(atPath: Self.file))
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let values = try #require(object["values"] as? [Double]).map { Float($0) }
        let bytes = object.compactMapValues { $0 as? String }.mapValues { text in
            stride(from: 0, to: text.count, by: 2).map { place in
                let start = text.index(text.startIndex, offsetBy: place)
                return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16) ?? 0
            }
        }
        return (values, bytes)
    }

    @Test(arguments: ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"])
    func `blocks have the bytes of GGUF's own library`(kind: String) throws {
        let (values, bytes) = try golden()
        let type = try #require(BlockType.allCases.first { $0.name == kind })
        #expect(BlockEncoder(type).bytes(values, columns: 64) == bytes[kind])
    }

    private func readBack(_ values: [Float], _ type: BlockType) -> [Float] {
        let bytes = BlockEncoder(type).bytes(values, columns: 256)
        let owner = NSObject()
        return bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [] }
            let matrix = BlockMatrix(type, rows: values.count / 256, columns: 256, at: start, of: owner)
            var floats = [Float](repeating: 0, count: values.count)
            floats.withUnsafeMutableBufferPointer { matrix.read(0..<matrix.rows, into: $0.baseAddress!) }
            return floats
        }
    }

    private func normal(_ count: Int) -> [Float] {
        var random = RandomSource(seed: 5)
        return (0..<count).map { _ in Float(random.normal()) }
    }

    /// The errors on normal numbers that these types are known for; a search that went wrong gives more.
    @Test(arguments: [(BlockType.q4_K, 0.075), (.q6_K, 0.020), (.q8_0, 0.006), (.q4_1, 0.085), (.q5_0, 0.047)])
    func `what is read back is off by what the type is known for`(type: BlockType, limit: Double) {
        let values = normal(16 * 256)
        let found = readBack(values, type)
        let off = zip(found, values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        let size = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect((off / size).squareRoot() < limit)
        #expect((off / size).squareRoot() > limit / 3)
    }

    @Test(arguments: [BlockType.q4_K, .q6_K, .q8_0, .q4_0]) func `zeros stay zeros`(type: BlockType) {
        #expect(readBack([Float](repeating: 0, count: 512), type).allSatisfy { $0 == 0 })
    }

    @Test func `narrow floats are rounded to the nearest, and to the even of two`() {
        for bits in stride(from: UInt16(0), to: 0x7C00, by: 7) {
            #expect(Float(halfBits: bits).halfBits == bits)
            #expect((-Float(halfBits: bits)).halfBits == bits | 0x8000)
        }
        #expect(Float(1 + 1.0 / 2048).halfBits == 0x3C00 && Float(1 + 3.0 / 2048).halfBits == 0x3C02)
        #expect(Float(65519).halfBits == 0x7BFF && Float(65520).halfBits == 0x7C00)
        #expect(Float(1 + 1.0 / 256).bfloat16Bits == 0x3F80 && Float(1 + 3.0 / 256).bfloat16Bits == 0x3F82)
    }
}
