/// The Sobol sequence (Sobol, 1967; in the order of Antonov and Saleev, 1979), scrambled as Owen (1995) does it.
///
/// Every point is a function of the seed and its number alone. Beyond ``dimensions`` the first dimension is used again,
/// its points shuffled among themselves in whole blocks, so that each dimension for itself stays evenly filled.
struct SobolSequence: Sendable {
    /// nil: not scrambled.
    let seed: Int?

    /// How many dimensions have direction numbers of their own.
    static let dimensions = directions.count

    private static let bits = 32

    /// A number from 0 to below 1.
    ///
    /// - Parameter number: from 0 to below 2^32.
    func value(_ number: Int, dimension: Int) -> Double {
        var number = UInt32(truncatingIfNeeded: number)
        var place = dimension
        if dimension >= Self.dimensions {
            place = 0
            number = scrambled(number, stream: ~dimension)
        }
        var digits: UInt32 = 0
        let gray = number ^ (number >> 1)
        for bit in 0..<Self.bits where gray >> UInt32(bit) & 1 == 1 { digits ^= Self.directions[place][bit] }
        return Double(scrambled(digits, stream: dimension)) * 0x1p-32
    }

    /// Turns each digit over or not by a coin that all numbers with the same digits before it share.
    private func scrambled(_ digits: UInt32, stream: Int) -> UInt32 {
        guard let seed else { return digits }
        let key = Self.mixed(Self.mixed(UInt64(bitPattern: Int64(seed))) ^ UInt64(bitPattern: Int64(stream)))
        var result: UInt32 = 0
        for bit in 0..<UInt32(Self.bits) {
            // A one in front tells digits of different lengths apart.
            let before = (UInt64(1) << UInt64(bit)) | UInt64(bit == 0 ? 0 : digits >> (32 - bit))
            let coin = UInt32(truncatingIfNeeded: Self.mixed(key ^ before) >> 63)
            result |= (digits >> (31 - bit) & 1 ^ coin) << (31 - bit)
        }
        return result
    }

    /// A hash of 64 bits (SplitMix64's finish).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// By dimension, the 32 direction numbers as binary fractions.
    private static let directions: [[UInt32]] = {
        let first = (0..<bits).map { UInt32(1) << UInt32(31 - $0) }
        return [first]
            + table.split(separator: "\n").map { line in
                let numbers = line.split(separator: " ").compactMap { UInt32($0) }
                return directions(polynomial: numbers[0], first: Array(numbers.dropFirst()))
            }
    }()

    private static func directions(polynomial: UInt32, first: [UInt32]) -> [UInt32] {
        let degree = first.count
        var numbers = first.enumerated().map { $1 << UInt32(31 - $0) }
        for place in degree..<bits {
            var number = numbers[place - degree] ^ (numbers[place - degree] >> UInt32(degree))
            for term in 1..<degree where polynomial >> UInt32(degree - term) & 1 == 1 { number ^= numbers[place - term] }
            numbers.append(number)
        }
        return numbers
    }
}
