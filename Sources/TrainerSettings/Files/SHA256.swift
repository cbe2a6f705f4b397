import Glibc

/// SHA-256 (FIPS 180-4): what tells whether two files are the same, on any machine.
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var pending: [UInt8] = []
    private var count: UInt64 = 0

    package init() {}

    package mutating func update(_ bytes: some Collection<UInt8>) {
        count += UInt64(bytes.count)
        pending += bytes
        let whole = pending.count / 64 * 64
        guard whole > 0 else { return }
        pending.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: whole, by: 64) {
                Self.add(UnsafeBufferPointer(rebasing: bytes[start..<start + 64]), to: &state)
            }
        }
        pending.removeFirst(whole)
    }

    /// In hexadecimal digits.
    package var digest: String {
        var last = self
        let bits = count * 8
        let zeros = (119 - Int(count % 64)) % 64
        last.update(
            [0x80] + [UInt8](repeating: 0, count: zeros)
                + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) })
        return last.state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// - Throws: `RegularFileError` for a file that cannot be read, or is none.
    package static func digest(of path: String) throws(RegularFileError) -> String {
        let file = try RegularFile.open(path)
        defer { close(file) }
        var (hash, buffer) = (SHA256(), [UInt8](repeating: 0, count: 1 << 20))
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw RegularFileError(path: path, code: errno) }
            guard count > 0 else { return hash.digest }
            hash.update(buffer[..<count])
        }
    }

    private static func add(_ block: UnsafeBufferPointer<UInt8>, to state: inout [UInt32]) {
        func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word &>> bits | word &<< (32 &- bits) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            for place in 0..<16 {
                let start = 4 * place
                words[place] =
                    UInt32(block[start]) << 24 | UInt32(block[start + 1]) << 16 | UInt32(block[start + 2]) << 8
                    | UInt32(block[start + 3])
            }
            for place in 16..<64 {
                let (before, last) = (words[place - 15], words[place - 2])
                let low = turned(before, 7) ^ turned(before, 18) ^ (before >> 3)
                let high = turned(last, 17) ^ turned(last, 19) ^ (last >> 10)
                words[place] = words[place - 16] &+ low &+ words[place - 7] &+ high
            }
            var (a, b, c, d, e, f, g, h) = (
                state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
            )
            for place in 0..<64 {
                let first =
                    h &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ (e & f ^ ~e & g) &+ constants[place] &+ words[place]
                let second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ (a & b ^ a & c ^ b & c)
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            }
            for (place, word) in [a, b, c, d, e, f, g, h].enumerated() { state[place] &+= word }
        }
    }

    /// The fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        var primes: [Int] = []
        var number = 2
        while primes.count < 64 {
            if primes.allSatisfy({ !number.isMultiple(of: $0) }) { primes.append(number) }
            number += 1
        }
        // The root of the prime times 2^96, whole: no floating point has 35 bits more than the fraction's 32 to spare.
        return primes.map { prime in
            let target = UInt64(prime)
            var root: UInt64 = 0
            for bit in stride(from: UInt64(35), through: 0, by: -1) {
                let next = root | 1 << bit
                // next^3 <= prime * 2^96 ?
                let square = next.multipliedFullWidth(by: next)
                let (low, carry) = (square.low.multipliedFullWidth(by: next), square.high.multipliedFullWidth(by: next))
                let (middle, overflow) = carry.low.addingReportingOverflow(low.high)
                let high = carry.high + (overflow ? 1 : 0)
                if high == 0, middle < target << 32 || middle == target << 32 && low.low == 0 { root = next }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}
