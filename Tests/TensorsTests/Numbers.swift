import Tensors

/// Floats that lend themselves to kernels and compare with a tolerance.
struct Numbers {
    var values: [Float]

    init(_ values: [Float]) { self.values = values }

    init(_ count: Int, seed: UInt64, scale: Double = 1) {
        var random = RandomSource(seed: seed)
        values = (0..<count).map { _ in Float(scale * random.normal()) }
    }

    init(zeros count: Int) { values = [Float](repeating: 0, count: count) }

    var count: Int { values.count }

    subscript(index: Int) -> Float {
        get { values[index] }
        set { values[index] = newValue }
    }

    /// The pointer is valid in the body only.
    func read<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
        try values.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }

    mutating func write<Result>(_ body: (Floats) throws -> Result) rethrows -> Result {
        try values.withUnsafeMutableBufferPointer { try body($0.baseAddress!) }
    }

    /// The largest difference to the expected values, relative to 1 or to the largest of them.
    func difference(to expected: [Double]) -> Double {
        guard expected.count == count else { return .infinity }
        let scale = max(1, expected.map(abs).max() ?? 0)
        return zip(values, expected).map { abs(Double($0) - $1).isNaN ? .infinity : abs(Double($0) - $1) / scale }.max() ?? 0
    }

    func difference(to other: Numbers) -> Double { difference(to: other.values.map(Double.init)) }

    func dot(_ other: Numbers) -> Double {
        zip(values, other.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}

/// The gradient of `loss` at x by central differences.
func numericGradient(_ x: Numbers, step: Float = 1e-2, _ loss: (Numbers) -> Double) -> [Double] {
    x.values.indices.map { i in
        var (up, down) = (x, x)
        up[i] += step
        down[i] -= step
        return (loss(up) - loss(down)) / Double(up[i] - down[i])
    }
}
