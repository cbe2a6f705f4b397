import CKernels
import Glibc

/// Where a buffer of floats begins.
package typealias Floats = UnsafeMutablePointer<Float>

/// The element-wise kernels and matrix products of one instruction set.
///
/// Matrices are row-major; pointers must be valid for the sizes given.
package struct Kernels: @unchecked Sendable, CustomStringConvertible {
    // The table is constant and lives as long as the program, which is why it may be shared.
    let table: UnsafePointer<al_kernels>

    /// What this processor can run, the plainest first.
    package static let available: [Kernels] = (Int32(0)..<4).compactMap { index in
        al_kernels_variant(index).map { Kernels(table: $0) }
    }

    /// Whether the environment asked for another than the fastest, and got it.
    package static var isForced: Bool { current.name != available[available.count - 1].name }

    /// The fastest, unless AUTOLORA_KERNELS (baseline, avx2, avx512, avx512-bf16) names another that the processor has.
    package static let current: Kernels = {
        let wanted = getenv("AUTOLORA_KERNELS").map { String(cString: $0) }
        return available.last { $0.name == wanted } ?? available[available.count - 1]
    }()

    package var name: String { String(cString: table.pointee.name) }
    package var description: String { name }

    /// Whether the processor multiplies bf16 by itself, twice as fast as fp32; else bf16 is multiplied in fp32.
    package var multipliesBF16: Bool { table.pointee.multiplies_bf16 != 0 }
}

extension Kernels {
    package enum GELU: Int32, Sendable, Hashable {
        case erf = 0
        case tanh = 1
    }

    /// y = gelu(x); y may be x.
    package func gelu(_ kind: GELU, _ x: UnsafePointer<Float>, into y: Floats, count: Int) {
        table.pointee.gelu_forward(kind.rawValue, x, y, count)
    }

    /// dx = dy * gelu'(x); dx may be dy.
    package func geluBackward(
        _ kind: GELU, _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: Floats, count: Int
    ) {
        table.pointee.gelu_backward(kind.rawValue, x, dy, dx, count)
    }

    package func tanh(_ x: UnsafePointer<Float>, into y: Floats, count: Int) {
        table.pointee.tanh_forward(x, y, count)
    }

    /// From the result y: dx = dy * (1 - y^2); dx may be dy.
    package func tanhBackward(
        _ y: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: Floats, count: Int
    ) {
        table.pointee.tanh_backward(y, dy, dx, count)
    }

    /// y = x + a + b.
    package func add(
        _ x: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        into y: Floats, count: Int
    ) {
        table.pointee.add3(x, a, b, y, count)
    }

    /// y += scale * x.
    package func addScaled(_ x: UnsafePointer<Float>, by scale: Float, to y: Floats, count: Int) {
        table.pointee.add_scaled(x, scale, y, count)
    }

    /// y [columns, rows] = scale * x^T of x [rows, columns].
    package func transpose(_ x: UnsafePointer<Float>, rows: Int, columns: Int, scale: Float, into y: Floats) {
        table.pointee.transpose(x, rows, columns, scale, y)
    }

    /// y [columns, rows] = x^T of x [rows, columns], `stride` floats from row to row.
    package func turn(_ x: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, into y: Floats) {
        table.pointee.turn_rows(x, stride, rows, columns, y)
    }

    /// sums [columns] += the sum over the rows of x [rows, columns], `stride` floats from row to row.
    package func addColumnSums(_ x: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, to sums: Floats) {
        table.pointee.column_sums(x, stride, rows, columns, sums)
    }

    package func squaredNorm(_ x: UnsafePointer<Float>, count: Int) -> Double { table.pointee.squared_norm(x, count) }
}
