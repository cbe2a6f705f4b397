import CKernels

/// A right-hand side B [depth, columns] laid out for the kernels that packed it, or still to be, piece by piece.
package final class PackedMatrix {
    package let depth: Int
    package let columns: Int
    package let precision: WeightPrecision
    let panelStride: Int
    /// nil: it lies in memory that was packed.
    let blocks: BlockMatrix?
    /// Whether B is the transpose of the blocks, or of what is packed.
    let isTurned: Bool
    private let memory: PackedMemory
    private let offset: Int

    package convenience init(depth: Int, columns: Int, precision: WeightPrecision = .fp32, for kernels: Kernels) {
        let size = Self.byteCount(depth: depth, columns: columns, precision)
        let storage = FloatStorage(count: size / MemoryLayout<Float>.size)
        self.init(
            depth: depth, columns: columns, precision: precision, in: PackedMemory(storage.base, of: storage), for: kernels)
    }

    /// In memory of another's, from a byte of it on, of ``byteCount(depth:columns:_:)`` bytes; where it may not be written, it is
    /// packed already.
    package init(
        depth: Int, columns: Int, precision: WeightPrecision, in memory: PackedMemory, at offset: Int = 0, for kernels: Kernels
    ) {
        self.depth = depth
        self.columns = columns
        self.precision = precision
        self.memory = memory
        self.offset = offset
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
        memory = PackedMemory(blocks.raw.pointee.start, of: blocks)
        offset = 0
        panelStride = 0
    }

    /// The transpose of a packed matrix, which serves both directions: each product turns it tile by tile. The sums are those of a
    /// packed copy of its own.
    package init(turning other: PackedMatrix) {
        precondition(other.isPacked, "only what is packed is turned")
        (depth, columns, precision) = (other.columns, other.depth, other.precision)
        (memory, offset) = (other.memory, other.offset)
        (blocks, isTurned, panelStride) = (nil, true, 0)
    }

    /// Whether it lies as products read it.
    package var isPacked: Bool { blocks == nil && !isTurned }
    var start: UnsafeMutableRawPointer { memory.start + offset }

    package static func byteCount(depth: Int, columns: Int, _ precision: WeightPrecision) -> Int {
        let width = (columns + 15) / 16 * 16
        return switch precision {
        case .fp32: depth * width * MemoryLayout<Float>.size
        case .bf16: evenUp(depth) * width * MemoryLayout<BFloat16>.size
        }
    }
}

/// Where packed matrices lie.
package final class PackedMemory {
    package private(set) var start: UnsafeMutableRawPointer
    /// What keeps the memory.
    private var owner: AnyObject

    package init(_ start: UnsafeRawPointer, of owner: AnyObject) {
        self.start = UnsafeMutableRawPointer(mutating: start)
        self.owner = owner
    }

    /// The same bytes are elsewhere from now on. No product of them may be under way.
    package func move(to start: UnsafeRawPointer, of owner: AnyObject) {
        self.start = UnsafeMutableRawPointer(mutating: start)
        self.owner = owner
    }
}
