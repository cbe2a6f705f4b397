import CKernels

/// How the factors of a matrix product are kept; what they add up to is fp32 either way.
package enum WeightPrecision: String, Sendable, Hashable, CaseIterable {
    case fp32, bf16
}

/// A bfloat16 by its bits: the upper half of a float.
package typealias BFloat16 = UInt16

/// One term A B of a sum of matrix products; all terms of a sum add up in registers before C is written.
package struct MatrixProduct {
    let raw: al_product
    /// Whether B is laid out piece by piece (``ExpandingProducts``).
    let isTiled: Bool

    /// A [m, depth] whose element (m, k) is at m * rowStride + k * depthStride, and B as ``Kernels/pack(_:)`` left it.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, packed b: PackedMatrix
    ) {
        precondition(b.depth == depth && b.precision == .fp32)
        raw = al_product(
            a: a, a_row: rowStride, a_k: depthStride, b: b.start, b_row: 0, b_panel: b.panelStride, k: depth, bf16: 0,
            blocks: b.blocks.map { UnsafePointer($0.raw) }, turned: b.isTurned ? 1 : 0)
        isTiled = !b.isPacked
    }

    /// A [m, depth] as ``Kernels/narrow(_:stride:rows:columns:into:)`` left it, and B packed in bf16.
    package init(narrow a: UnsafePointer<BFloat16>, packed b: PackedMatrix) {
        precondition(b.precision == .bf16)
        raw = al_product(
            a: a, a_row: evenUp(b.depth), a_k: 1, b: b.start, b_row: 0, b_panel: b.panelStride, k: b.depth, bf16: 1,
            blocks: b.blocks.map { UnsafePointer($0.raw) }, turned: b.isTurned ? 1 : 0)
        isTiled = !b.isPacked
    }

    /// B is row-major [depth, n], `bStride` floats from row to row.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, plain b: UnsafePointer<Float>,
        bStride: Int
    ) {
        raw = al_product(
            a: a, a_row: rowStride, a_k: depthStride, b: b, b_row: bStride, b_panel: 0, k: depth, bf16: 0, blocks: nil,
            turned: 0)
        isTiled = false
    }
}

func evenUp(_ count: Int) -> Int { (count + 1) / 2 * 2 }

extension Kernels {
    /// C [rows, columns] = the sum of the products (+ C when accumulating) + bias [columns].
    package func multiply(
        _ products: [MatrixProduct], rows: Int, columns: Int, into c: Floats, stride: Int,
        bias: UnsafePointer<Float>? = nil, accumulate: Bool = false
    ) {
        guard !products.contains(where: \.isTiled) else {
            return ExpandingProducts(kernels: self, products: products, rows: rows, columns: columns)
                .multiply(into: c, stride: stride, bias: bias, accumulate: accumulate)
        }
        products.map(\.raw).withUnsafeBufferPointer { raw in
            guard let first = raw.baseAddress else { return }
            table.pointee.multiply(first, Int32(raw.count), rows, columns, c, stride, bias, accumulate ? 1 : 0)
        }
    }

    /// Packs scale * B, whose element (k, n) is at k * depthStride + n * columnStride of the source.
    package func pack(
        _ source: UnsafePointer<Float>, depthStride: Int, columnStride: Int, scale: Float = 1, into packed: PackedMatrix
    ) {
        precondition(packed.precision == .fp32 && packed.isPacked)
        let target = packed.start.assumingMemoryBound(to: Float.self)
        table.pointee.pack(source, depthStride, columnStride, packed.depth, packed.columns, scale, target)
    }

    /// Packs B, whose element (k, n) is at k * depthStride + n * columnStride of the source, in whatever precision the target has.
    package func packFrozen(
        _ source: UnsafePointer<Float>, depthStride: Int, columnStride: Int, into packed: PackedMatrix
    ) {
        precondition(packed.isPacked)
        guard packed.precision == .bf16 else {
            return pack(source, depthStride: depthStride, columnStride: columnStride, into: packed)
        }
        let target = packed.start.assumingMemoryBound(to: BFloat16.self)
        table.pointee.pack_bf16(source, depthStride, columnStride, packed.depth, packed.columns, target)
    }

    /// y [rows, columns rounded up to 2] = x [rows, columns] rounded to bf16, `stride` floats from row to row of x.
    package func narrow(
        _ x: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, into y: UnsafeMutablePointer<BFloat16>
    ) {
        table.pointee.narrow(x, stride, rows, columns, y)
    }
}
