/// ggml's blocks of 256 numbers, whose scales are quantised themselves. Each scale is searched for, as ggml's reference does it.
enum SuperBlock {
    /// d s q - m n, with a scale s and a minimum n of six bits for each 32 numbers.
    static func fourBits(_ x: UnsafeBufferPointer<Float>, into bytes: inout [UInt8]) {
        let groups = (0..<8).map { ScaledGroup(UnsafeBufferPointer(rebasing: x[$0 * 32..<$0 * 32 + 32])) }
        let (largest, lowest) = (groups.map(\.scale).max() ?? 0, groups.map(\.minimum).max() ?? 0)
        let (inverse, inverseLow) = (largest > 0 ? 63 / largest : 0, lowest > 0 ? 63 / lowest : 0)
        let scales = groups.map { UInt8(min(63, max(0, nearest(inverse * max(0, $0.scale))))) }
        let minima = groups.map { UInt8(min(63, max(0, nearest(inverseLow * max(0, $0.minimum))))) }
        let (d, m) = (largest / 63, lowest / 63)
        BlockEncoder.add(d, to: &bytes)
        BlockEncoder.add(m, to: &bytes)
        var packed = [UInt8](repeating: 0, count: 12)
        for group in 0..<8 {
            let (scale, minimum) = (scales[group], minima[group])
            if group < 4 {
                packed[group] |= scale
                packed[group + 4] |= minimum
            } else {
                packed[group + 4] = scale & 15 | (minimum & 15) << 4
                packed[group - 4] |= (scale >> 4) << 6
                packed[group] |= (minimum >> 4) << 6
            }
        }
        bytes += packed
        // By the numbers as they are read back.
        let (readD, readM) = (rounded(d), rounded(m))
        var levels = [UInt8](repeating: 0, count: 256)
        for group in 0..<8 {
            let (scale, minimum) = (readD * Float(scales[group]), readM * Float(minima[group]))
            for place in group * 32..<group * 32 + 32 {
                levels[place] =
                    scale == 0
                    ? groups[group].levels[place - group * 32] : UInt8(min(15, max(0, nearest((x[place] + minimum) / scale))))
            }
        }
        for start in stride(from: 0, to: 256, by: 64) {
            for place in start..<start + 32 { bytes.append(levels[place] | levels[place + 32] << 4) }
        }
    }

    /// d s (q - 32), with a scale of eight bits for each 16 numbers.
    static func sixBits(_ x: UnsafeBufferPointer<Float>, into bytes: inout [UInt8]) {
        let found = (0..<16).map { scale(UnsafeBufferPointer(rebasing: x[$0 * 16..<$0 * 16 + 16])) }
        let largest = found.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
        guard abs(largest) >= 1e-15 else {
            bytes += [UInt8](repeating: 0, count: 210)
            return
        }
        let inverse = -128 / largest
        let d = 1 / inverse
        let scales = found.map { Int8(max(-128, min(127, nearest(inverse * $0)))) }
        let readD = rounded(d)
        var levels = [UInt8](repeating: 32, count: 256)
        for group in 0..<16 {
            let step = readD * Float(scales[group])
            guard step != 0 else { continue }
            for place in group * 16..<group * 16 + 16 {
                levels[place] = UInt8(min(31, max(-32, nearest(x[place] / step))) + 32)
            }
        }
        var (low, high): ([UInt8], [UInt8]) = ([], [])
        for start in [0, 128] {
            let quarters = (0..<4).map { levels[start + 32 * $0..<start + 32 * $0 + 32].map(\.self) }
            for pair in 0..<2 {
                for place in 0..<32 { low.append(quarters[pair][place] & 15 | (quarters[pair + 2][place] & 15) << 4) }
            }
            for place in 0..<32 {
                high.append((0..<4).reduce(0) { $0 | (quarters[$1][place] >> 4) << UInt8(2 * $1) })
            }
        }
        bytes += low + high + scales.map { UInt8(bitPattern: $0) }
        BlockEncoder.add(d, to: &bytes)
    }

    static func nearest(_ number: Float) -> Int { Int(number.rounded(.toNearestOrEven)) }

    /// As it is read back.
    private static func rounded(_ number: Float) -> Float { Float(halfBits: number.halfBits) }

    /// The scale of 16 numbers for levels from -32 to 31 that leaves the least squared error, each weighted by its square.
    private static func scale(_ x: UnsafeBufferPointer<Float>) -> Float {
        let farthest = x.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
        guard abs(farthest) >= 1e-15 else { return 0 }
        func sums(_ inverse: Float) -> (product: Float, square: Float) {
            var (product, square): (Float, Float) = (0, 0)
            for value in x {
                let level = Float(min(31, max(-32, nearest(inverse * value))))
                let weight = value * value
                product += weight * value * level
                square += weight * level * level
            }
            return (product, square)
        }
        let first = sums(-32 / farthest)
        var scale = first.square > 0 ? first.product / first.square : 0
        var best = scale * first.product
        for step in -9...9 where step != 0 {
            let found = sums(-(32 + 0.1 * Float(step)) / farthest)
            guard found.square > 0, found.product * found.product > best * found.square else { continue }
            scale = found.product / found.square
            best = scale * found.product
        }
        return scale
    }
}

/// 32 numbers as levels from 0 to 15 with a scale and a minimum: of some tries that with the least weighted squared error.
private struct ScaledGroup {
    private(set) var scale: Float = 0
    /// What is taken away; 0 or more.
    private(set) var minimum: Float = 0
    private(set) var levels = [UInt8](repeating: 0, count: 32)

    init(_ x: UnsafeBufferPointer<Float>) {
        let size = (x.reduce(0) { $0 + $1 * $1 } / 32).squareRoot()
        let weights = x.map { size + abs($0) }
        let (least, most) = (min(0, x.min() ?? 0), x.max() ?? 0)
        minimum = -least
        guard most > least else { return }
        let (weight, sum) = zip(weights, x).reduce(into: (Float(0), Float(0))) { $0 = ($0.0 + $1.0, $0.1 + $1.0 * $1.1) }
        func levels(_ inverse: Float) -> [UInt8] {
            x.map { UInt8(min(15, max(0, SuperBlock.nearest(inverse * ($0 - least))))) }
        }
        func error(_ levels: [UInt8], _ scale: Float, _ low: Float) -> Float {
            var error: Float = 0
            for place in 0..<32 {
                let difference = scale * Float(levels[place]) + low - x[place]
                error += weights[place] * difference * difference
            }
            return error
        }
        self.levels = levels(15 / (most - least))
        scale = (most - least) / 15
        var best = error(self.levels, scale, least)
        for step in 0...20 {
            let tried = levels((-1 + 0.1 * Float(step) + 15) / (most - least))
            var (l, l2, xl): (Float, Float, Float) = (0, 0, 0)
            for place in 0..<32 {
                let (level, weight) = (Float(tried[place]), weights[place])
                l += weight * level
                l2 += weight * level * level
                xl += weight * level * x[place]
            }
            let determinant = weight * l2 - l * l
            guard determinant > 0 else { continue }
            var (newScale, low) = ((weight * xl - sum * l) / determinant, (l2 * sum - l * xl) / determinant)
            if low > 0 { (newScale, low) = (xl / l2, 0) }
            let error = error(tried, newScale, low)
            guard error < best else { continue }
            (best, scale, minimum, self.levels) = (error, newScale, -low, tried)
        }
    }
}
