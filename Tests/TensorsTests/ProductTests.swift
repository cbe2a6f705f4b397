import Tensors
import Testing

/// C [m, n] = A [m, k] B [k, n], in double precision.
private func product(_ a: Numbers, _ b: Numbers, m: Int, n: Int, k: Int) -> [Double] {
    (0..<m * n).map { i in
        (0..<k).reduce(0.0) { $0 + Double(a[i / n * k + $1]) * Double(b[$1 * n + i % n]) }
    }
}

@Suite struct ProductTests {
    static let shapes = [
        (1, 1, 1), (1, 16, 3), (2, 15, 8), (3, 17, 5), (7, 48, 9), (8, 47, 16), (9, 49, 1), (13, 96, 33), (16, 64, 7),
        (31, 100, 20), (40, 33, 400), (6, 8, 12), (5, 200, 3),
    ]

    @Test(arguments: Kernels.available, shapes)
    func `a packed right-hand side gives the product`(kernels: Kernels, shape: (m: Int, n: Int, k: Int)) {
        let (m, n, k) = shape
        let a = Numbers(m * k, seed: 1)
        let b = Numbers(k * n, seed: 2)
        let packed = PackedMatrix(depth: k, columns: n, for: kernels)
        b.read { kernels.pack($0, depthStride: n, columnStride: 1, into: packed) }
        var c = Numbers(m * n, seed: 3)
        a.read { a in
            c.write {
                kernels.multiply([.init(a, rowStride: k, depth: k, packed: packed)], rows: m, columns: n, into: $0, stride: n)
            }
        }
        #expect(c.difference(to: product(a, b, m: m, n: n, k: k)) < 1e-5)
    }

    @Test(arguments: Kernels.available, shapes)
    func `a plain right-hand side, a transposed left one and a wider C give the product`(
        kernels: Kernels, shape: (m: Int, n: Int, k: Int)
    ) {
        let (m, n, k) = shape
        let a = Numbers(m * k, seed: 4)
        let turned = Numbers((0..<k * m).map { a[$0 % m * k + $0 / m] })
        let b = Numbers(k * n, seed: 5)
        let stride = n + 3
        var c = Numbers([Float](repeating: 7, count: m * stride))
        turned.read { a in
            b.read { b in
                c.write {
                    let term = MatrixProduct(a, rowStride: 1, depthStride: m, depth: k, plain: b, bStride: n)
                    kernels.multiply([term], rows: m, columns: n, into: $0, stride: stride)
                }
            }
        }
        let inside = Numbers((0..<m * n).map { c[$0 / n * stride + $0 % n] })
        #expect(inside.difference(to: product(a, b, m: m, n: n, k: k)) < 1e-5)
        #expect((0..<m).allSatisfy { row in (n..<stride).allSatisfy { c[row * stride + $0] == 7 } }, "nothing beside C changes")
    }

    /// Deeper than a piece, by little and by much; several terms share pieces.
    @Test(arguments: Kernels.available, [770, 863, 865, 1700])
    func `a deep product comes out the same bits as its pieces one after another`(kernels: Kernels, depth: Int) {
        let (m, n) = (9, 50)
        let (a, b) = (Numbers(m * depth, seed: 1), Numbers(depth * n, seed: 2))
        let packed = PackedMatrix(depth: depth, columns: n, for: kernels)
        b.read { kernels.pack($0, depthStride: n, columnStride: 1, into: packed) }
        func whole(_ isPacked: Bool) -> Numbers {
            var c = Numbers(zeros: m * n)
            a.read { a in
                b.read { b in
                    c.write {
                        let deep =
                            isPacked
                            ? MatrixProduct(a, rowStride: depth, depth: depth, packed: packed)
                            : MatrixProduct(a, rowStride: depth, depth: depth, plain: b, bStride: n)
                        let short = MatrixProduct(a, rowStride: depth, depth: 3, plain: b, bStride: n)
                        kernels.multiply([deep, short, deep], rows: m, columns: n, into: $0, stride: n)
                    }
                }
            }
            return c
        }
        var pieces = Numbers(zeros: m * n)
        a.read { a in
            b.read { b in
                pieces.write { c in
                    for length in [depth, 3, depth] {
                        for start in stride(from: 0, to: length, by: 100) {
                            let count = min(100, length - start)
                            let term = MatrixProduct(
                                a + start, rowStride: depth, depth: count, plain: b + start * n, bStride: n)
                            kernels.multiply([term], rows: m, columns: n, into: c, stride: n, accumulate: true)
                        }
                    }
                }
            }
        }
        #expect(whole(true).values == pieces.values)
        #expect(whole(false).values == pieces.values)
    }

    @Test(arguments: Kernels.available, shapes)
    func `several terms, a bias and what was there add up`(kernels: Kernels, shape: (m: Int, n: Int, k: Int)) {
        let (m, n, k) = shape
        let (a1, a2) = (Numbers(m * k, seed: 6), Numbers(m * 2, seed: 7))
        let (b1, b2) = (Numbers(k * n, seed: 8), Numbers(2 * n, seed: 9))
        let bias = Numbers(n, seed: 10)
        let before = Numbers(m * n, seed: 11)
        let packed = PackedMatrix(depth: k, columns: n, for: kernels)
        b1.read { kernels.pack($0, depthStride: n, columnStride: 1, into: packed) }
        var c = before
        a1.read { a1 in
            a2.read { a2 in
                b2.read { b2 in
                    bias.read { bias in
                        c.write {
                            kernels.multiply(
                                [
                                    .init(a1, rowStride: k, depth: k, packed: packed),
                                    .init(a2, rowStride: 2, depth: 2, plain: b2, bStride: n),
                                ], rows: m, columns: n, into: $0, stride: n, bias: bias, accumulate: true)
                        }
                    }
                }
            }
        }
        let (first, second) = (product(a1, b1, m: m, n: n, k: k), product(a2, b2, m: m, n: n, k: 2))
        let expected = (0..<m * n).map { first[$0] + second[$0] + Double(bias[$0 % n]) + Double(before[$0]) }
        #expect(c.difference(to: expected) < 1e-5)
    }

    @Test(arguments: Kernels.available)
    func `packing turns and scales`(kernels: Kernels) {
        let (m, n, k) = (5, 21, 6)
        let a = Numbers(m * k, seed: 12)
        let weight = Numbers(n * k, seed: 13)
        let packed = PackedMatrix(depth: k, columns: n, for: kernels)
        weight.read { kernels.pack($0, depthStride: 1, columnStride: k, scale: 0.5, into: packed) }
        var c = Numbers(zeros: m * n)
        a.read { a in
            c.write {
                kernels.multiply([.init(a, rowStride: k, depth: k, packed: packed)], rows: m, columns: n, into: $0, stride: n)
            }
        }
        let b = Numbers((0..<k * n).map { 0.5 * weight[$0 % n * k + $0 / n] })
        #expect(c.difference(to: product(a, b, m: m, n: n, k: k)) < 1e-5)
    }

    @Test(arguments: Kernels.available, [(1, 1), (3, 20), (8, 384), (17, 5)])
    func `a transpose is scaled`(kernels: Kernels, shape: (rows: Int, columns: Int)) {
        let x = Numbers(shape.rows * shape.columns, seed: 14)
        var y = Numbers(zeros: x.count)
        x.read { x in y.write { kernels.transpose(x, rows: shape.rows, columns: shape.columns, scale: 3, into: $0) } }
        for i in 0..<shape.rows {
            for j in 0..<shape.columns { #expect(y[j * shape.rows + i] == 3 * x[i * shape.columns + j]) }
        }
    }

    @Test(arguments: Kernels.available)
    func `a sum over no terms is zero, or what was there`(kernels: Kernels) {
        var c = Numbers([1, 2, 3, 4])
        c.write { kernels.multiply([], rows: 2, columns: 2, into: $0, stride: 2, accumulate: true) }
        #expect(c.values == [1, 2, 3, 4])
        c.write { kernels.multiply([], rows: 2, columns: 2, into: $0, stride: 2) }
        #expect(c.values == [0, 0, 0, 0])
    }
}
