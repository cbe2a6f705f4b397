import Checkpoints
import Testing

@Suite struct ChecksumTests {
    private func sum(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 { bytes.withUnsafeBytes { Checksum.of($0, seed: seed) } }

    @Test(arguments: [1, 7, 8, 9, 63, 64, 65, 200])
    func `every changed bit changes it`(count: Int) {
        let bytes = (0..<count).map { UInt8($0 & 0xFF) }
        var seen: Set = [sum(bytes)]
        for bit in 0..<count * 8 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            seen.insert(sum(other))
        }
        #expect(seen.count == count * 8 + 1)
    }

    @Test func `the same bit flipped in two words of one lane shows`() {
        var bytes = [UInt8](repeating: 0, count: 256)
        let before = sum(bytes)
        bytes[7] ^= 0x80
        bytes[71] ^= 0x80
        #expect(sum(bytes) != before)
    }

    @Test func `zeros of different lengths differ, and so do seeds`() {
        let sums = (0..<200).map { sum([UInt8](repeating: 0, count: $0)) }
        #expect(Set(sums).count == 200)
        #expect(Set((0..<100).map { sum([1, 2, 3], seed: $0) }).count == 100)
    }

    @Test func `where the bytes lie in memory has no part in it`() {
        let bytes = (0..<301).map { UInt8($0 * 7 & 0xFF) }
        let shifted = ([9] + bytes).withUnsafeBytes { Checksum.of(UnsafeRawBufferPointer(rebasing: $0[1...])) }
        #expect(shifted == sum(bytes))
    }

    @Test func `it is the same in every run`() {
        #expect(Checksum.of("autolora") == Checksum.of("autolora"))
        #expect(sum([UInt8](repeating: 3, count: 100)) == 13_297_576_344_326_311_048)
    }
}
