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

    /// A [m, depth] whose element (m, k) is at m * rowStride + k * depthStride, and B as ``Kernels/pack(_:)`` left it.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, packed b: PackedMatrix
    ) {
        precondition(b.depth == depth && b.precision == .fp32)
        raw = al_product(
            a: a, a_row: rowStride, a_k: depthStride, b: b.start, b_row: 0, b_panel: b.panelStride, k: depth, bf16: 0,
            blocks: b.blocks.map { UnsafePointer($0.raw) }, turned: b.isTurned ? 1 : 0)
    }

    /// A [m, depth] as ``Kernels/narrow(_:stride:rows:columns:into:)`` left it, and B packed in bf16.
    package init(narrow a: UnsafePointer<BFloat16>, packed b: PackedMatrix) {
        precondition(b.precision == .bf16)
        raw = al_product(
            a: a, a_row: evenUp(b.depth), a_k: 1, b: b.start, b_row: 0, b_panel: b.panelStride, k: b.depth, bf16: 1,
            blocks: b.blocks.map { UnsafePointer($0.raw) }, turned: b.isTurned ? 1 : 0)
    }

    /// B is row-major [depth, n], `bStride` floats from row to row.
    package init(
        _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int = 1, depth: Int, plain b: UnsafePointer<Float>,
        bStride: Int
    ) {
        raw = al_product(
            a: a, a_row: rowStride, a_k: depthStride, b: b, b_row: bStride, b_panel: 0, k: depth, bf16: 0, blocks: nil,
            turned: 0)
    }
}

/// A right-hand side B [depth, columns] laid out for the kernels that packed it, or still to be, piece by piece.
package final class PackedMatrix {
    package let depth: Int
    package let columns: Int
    package let precision: WeightPrecision
    let start: UnsafeMutableRawPointer
    let panelStride: Int
    /// nil: all is packed.
    let blocks: BlockMatrix?
    /// Whether B is the blocks' transpose.
    let isTurned: Bool
    /// What `start` points into.
    private let owner: AnyObject

    package convenience init(depth: Int, columns: Int, precision: WeightPrecision = .fp32, for kernels: Kernels) {
        let size = Self.byteCount(depth: depth, columns: columns, precision)
        let storage = FloatStorage(count: size / MemoryLayout<Float>.size)
        self.init(depth: depth, columns: columns, precision: precision, at: storage.base, of: storage, for: kernels)
    }

    /// In memory of another's, of ``byteCount(depth:columns:_:)`` bytes; where it may not be written, it is packed already.
    package init(
        depth: Int, columns: Int, precision: WeightPrecision, at start: UnsafeRawPointer, of owner: AnyObject,
        for kernels: Kernels
    ) {
        self.depth = depth
        self.columns = columns
        self.precision = precision
        self.start = UnsafeMutableRawPointer(mutating: start)
        self.owner = owner
        (blocks, isTurned) = (nil, false)
        panelStride = (precision == .bf16 ? evenUp(depth) : depth) * kernels.table.pointee.panel_width
    }

    /// Blocks [columns, depth] when turned, else [depth, columns], which stay as they are: each product expands them.
    ///
    /// - Parameter precision: what they are expanded to. The sums are those of the same numbers packed in it.
    package init(_ blocks: BlockMatrix, turned: Bool, precision: WeightPrecision) {
        depth = turned ? blocks.columns : blocks.rows
        columns = turned ? blocks.rows : blocks.columns
        self.precision = precision
        self.blocks = blocks
        isTurned = turned
        start = UnsafeMutableRawPointer(mutating: blocks.raw.pointee.start)
        owner = blocks
        panelStride = 0
    }

    package static func byteCount(depth: Int, columns: Int, _ precision: WeightPrecision) -> Int {
        let width = (columns + 15) / 16 * 16
        return switch precision {
        case .fp32: depth * width * MemoryLayout<Float>.size
        case .bf16: evenUp(depth) * width * MemoryLayout<BFloat16>.size
        }
    }
}

private func evenUp(_ count: Int) -> Int { (count + 1) / 2 * 2 }

extension Kernels {
    /// C [rows, columns] = the sum of the products (+ C when accumulating) + bias [columns].
    package func multiply(
        _ products: [MatrixProduct], rows: Int, columns: Int, into c: Floats, stride: Int,
        bias: UnsafePointer<Float>? = nil, accumulate: Bool = false
    ) {
        guard products.allSatisfy({ $0.raw.blocks == nil }) else {
            return ExpandingProducts(kernels: self, products: products, rows: rows, columns: columns)
                .multiply(into: c, stride: stride, bias: bias, accumulate: accumulate)
        }
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
        precondition(packed.precision == .fp32 && packed.blocks == nil)
        let target = packed.start.assumingMemoryBound(to: Float.self)
        table.pointee.pack(source, depthStride, columnStride, packed.depth, packed.columns, scale, target)
    }

    /// Packs B, whose element (k, n) is at k * depthStride + n * columnStride of the source, in whatever precision the target has.
    package func packFrozen(
        _ source: UnsafePointer<Float>, depthStride: Int, columnStride: Int, into packed: PackedMatrix
    ) {
        precondition(packed.blocks == nil)
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
