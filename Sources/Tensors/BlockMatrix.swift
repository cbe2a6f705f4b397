import CKernels

/// A frozen matrix [rows, columns] as a file has it, in memory of another's: plain numbers or quantised blocks.
///
/// Linear layers keep it so and expand it piece by piece inside a product (``PackedMatrix/init(_:turned:precision:)``).
package final class BlockMatrix {
    package let type: BlockType
    package let rows: Int
    package let columns: Int
    let raw: UnsafeMutablePointer<al_blocks>
    /// What the numbers lie in.
    private let owner: AnyObject

    /// - Parameters:
    ///   - columns: whole blocks.
    ///   - start: of ``byteCount(_:rows:columns:)`` bytes.
    ///   - pairedRows: not 0: in each run of so many rows, the file has rows j and j + half side by side (rotary pairs).
    package init(
        _ type: BlockType, rows: Int, columns: Int, pairedRows: Int = 0, at start: UnsafeRawPointer, of owner: AnyObject
    ) {
        precondition(columns % type.weights == 0, "a row of whole blocks")
        precondition(pairedRows == 0 || pairedRows % 2 == 0 && rows % pairedRows == 0, "whole heads of pairs")
        (self.type, self.rows, self.columns, self.owner) = (type, rows, columns, owner)
        raw = .allocate(capacity: 1)
        raw.initialize(
            to: al_blocks(
                type: Int32(type.rawValue), start: start, columns: columns,
                row_bytes: columns / type.weights * type.byteCount, block_weights: type.weights,
                block_bytes: type.byteCount, head_rows: pairedRows))
    }

    deinit { raw.deallocate() }

    package static func byteCount(_ type: BlockType, rows: Int, columns: Int) -> Int {
        rows * (columns / type.weights * type.byteCount)
    }

    /// Rows as floats [range.count, columns], bit for bit as GGUF's own library gives them.
    package func read(_ range: Range<Int>, into floats: Floats, kernels: Kernels = .current) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        guard columns > 0 else { return }
        for (place, row) in range.enumerated() { kernels.table.pointee.read_row(raw, row, floats + place * columns) }
    }
}
