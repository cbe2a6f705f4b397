extension AdapterMixture {
    /// A [rank, inputs] and B [outputs, rank] of a module.
    func sum(_ parts: [Part]) -> (rank: Int, a: [Float], b: [Float]) {
        switch kind {
        case .cat, .svd: sideBySide(parts)
        case .linear: together(parts) { matrices, weights in Self.added(matrices, weights) }
        case .ties: together(parts) { matrices, weights in elected(matrices, weights) }
        }
    }

    private func sideBySide(_ parts: [Part]) -> (rank: Int, a: [Float], b: [Float]) {
        let rank = parts.reduce(0) { $0 + $1.rank }
        let outputs = parts[0].b.count / parts[0].rank
        var (a, b, column) = ([Float](), [Float](repeating: 0, count: outputs * rank), 0)
        for part in parts {
            a += part.a.map { $0 * Float(part.weight * part.scale) }
            for row in 0..<outputs {
                for k in 0..<part.rank { b[row * rank + column + k] = part.b[row * part.rank + k] }
            }
            column += part.rank
        }
        return (rank, a, b)
    }

    /// By the roots of the weights times the scales, whose signs are the A's.
    private func together(
        _ parts: [Part], _ combine: ([[Float]], [Double]) -> [Float]
    ) -> (rank: Int, a: [Float], b: [Float]) {
        let factors = parts.map { $0.weight * $0.scale }
        let roots = factors.map { abs($0).squareRoot() }
        let a = combine(parts.map(\.a), zip(factors, roots).map { $0 >= 0 ? $1 : -$1 })
        return (parts[0].rank, a, combine(parts.map(\.b), roots))
    }

    private static func added(_ matrices: [[Float]], _ weights: [Double]) -> [Float] {
        var sum = [Float](repeating: 0, count: matrices[0].count)
        for (matrix, weight) in zip(matrices, weights) {
            for index in sum.indices { sum[index] += matrix[index] * Float(weight) }
        }
        return sum
    }

    private func elected(_ matrices: [[Float]], _ weights: [Double]) -> [Float] {
        let pruned = matrices.map(pruned)
        return pruned[0].indices.map { index in
            let isPositive = pruned.reduce(0) { $0 + $1[index] } >= 0
            var (sum, count): (Float, Float) = (0, 0)
            for (matrix, weight) in zip(pruned, weights) where isPositive ? matrix[index] > 0 : matrix[index] < 0 {
                sum += matrix[index] * Float(weight)
                count += 1
            }
            return sum / max(count, 1)
        }
    }

    /// The largest numbers, the others 0.
    private func pruned(_ matrix: [Float]) -> [Float] {
        let count = Int(density * Double(matrix.count))
        guard count < matrix.count else { return matrix }
        var kept = [Float](repeating: 0, count: matrix.count)
        for index in matrix.indices.sorted(by: { (abs(matrix[$0]), $1) > (abs(matrix[$1]), $0) }).prefix(count) {
            kept[index] = matrix[index]
        }
        return kept
    }

    /// Answers to one vector, squared and added: 0 is an adapter that does nothing.
    static func response(_ rank: Int, _ a: [Float], _ b: [Float]) -> Double {
        let inputs = a.count / rank
        let probe = (0..<inputs).map { (Double($0 + 1) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) - 0.5 }
        let hidden = (0..<rank).map { k in
            probe.indices.reduce(0.0) { $0 + probe[$1] * Double(a[k * inputs + $1]) }
        }
        return (0..<(b.count / rank)).reduce(0.0) { total, row in
            let answer = (0..<rank).reduce(0.0) { $0 + hidden[$1] * Double(b[row * rank + $1]) }
            return total + answer * answer
        }
    }
}
