import CKernels

/// One term A B of a sum of matrix products; all terms of a sum add up in registers before C is written.
package struct MatrixProduct {
    let raw: al_product

    /// A [m, depth] whose element (m, k) is at m * rowStride + k * depthStride, and B as ``Kernels/pack(_:)`` left it.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, packed b: PackedMatrix
    ) {
        precondition(b.depth == depth)
        raw = al_product(
            a: a, a_row: rowStride, a_k: depthStride, b: b.storage.base, b_row: 0, b_panel: b.panelStride, k: depth)
    }

    /// B is row-major [depth, n], `bStride` floats from row to row.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, plain b: UnsafePointer<Float>,
        bStride: Int
    ) {
        raw = al_product(a: a, a_row: rowStride, a_k: depthStride, b: b, b_row: bStride, b_panel: 0, k: depth)
    }
}

/// A right-hand side B [depth, columns] laid out for the kernels that packed it.
package final class PackedMatrix {
    package let depth: Int
    package let columns: Int
    let storage: FloatStorage
    let panelStride: Int

    package init(depth: Int, columns: Int, for kernels: Kernels) {
        self.depth = depth
        self.columns = columns
        storage = FloatStorage(count: depth * ((columns + 15) / 16 * 16))
        panelStride = depth * kernels.table.pointee.panel_width
    }
}

extension Kernels {
    /// C [rows, columns] = the sum of the products (+ C when accumulating) + bias [columns].
    package func multiply(
        _ products: [MatrixProduct], rows: Int, columns: Int, into c: Floats, stride: Int,
        bias: UnsafePointer<Float>? = nil, accumulate: Bool = false
    ) {
        products.withUnsafeBufferPointer { products in
            products.withMemoryRebound(to: al_product.self) { raw in
                guard let first = raw.baseAddress else { return }
                table.pointee.multiply(first, Int32(raw.count), rows, columns, c, stride, bias, accumulate ? 1 : 0)
            }
        }
    }

    /// Packs scale * B, whose element (k, n) is at k * depthStride + n * columnStride of the source.
    package func pack(
        _ source: UnsafePointer<Float>, depthStride: Int, columnStride: Int, scale: Float = 1, into packed: PackedMatrix
    ) {
        table.pointee.pack(source, depthStride, columnStride, packed.depth, packed.columns, scale, packed.storage.base)
    }
}
