import CKernels

/// Products whose right-hand side lies in blocks. It is expanded tile by tile, and each tile is multiplied at once: the sums are
/// the same, in the same order, as those of a matrix that was expanded and packed as a whole.
struct ExpandingProducts {
    let kernels: Kernels
    let products: [MatrixProduct]
    let rows: Int
    let columns: Int

    /// Bytes of a tile: it stays in the second cache beside a part of the left-hand side.
    static let tileSize = 256 << 10
    /// Blocks of all types begin there.
    static let stretch = 256
    /// The widest tile of a matrix that is not turned: whole panels and whole blocks of all kinds.
    static let widest = 768

    private var panel: Int { kernels.table.pointee.panel_width }

    /// C [rows, columns], `stride` floats from row to row.
    func multiply(into c: Floats, stride: Int, bias: UnsafePointer<Float>?, accumulate: Bool) {
        let tile = UnsafeMutableRawPointer.allocate(byteCount: tileBytes, alignment: 64)
        defer { tile.deallocate() }
        let width = tileColumns
        for column in Swift.stride(from: 0, to: columns, by: width) {
            let run = column..<min(columns, column + width)
            var (bias, accumulate) = (bias.map { $0 + column }, accumulate)
            for product in products {
                for part in parts(of: product) {
                    var term = shifted(product.raw, part, column)
                    if let blocks = product.raw.blocks {
                        expand(product.raw, blocks, part, run, into: tile)
                        term.b = UnsafeRawPointer(tile)
                        term.b_panel = evenDepth(part.count, term) * panel
                    }
                    kernels.table.pointee.multiply(
                        &term, 1, rows, run.count, c + column, stride, bias, accumulate ? 1 : 0)
                    (bias, accumulate) = (nil, true)
                }
            }
        }
    }

    /// Where the left-hand side's columns begin, and the right-hand side's panel where it is packed.
    private func shifted(_ raw: al_product, _ part: Range<Int>, _ column: Int) -> al_product {
        var term = raw
        let size = raw.bf16 != 0 ? MemoryLayout<BFloat16>.size : MemoryLayout<Float>.size
        term.a = raw.a + part.lowerBound * raw.a_k * size
        term.k = part.count
        guard raw.blocks == nil else { return term }
        let offset = raw.b_row == 0 ? column / panel * raw.b_panel : column
        term.b = raw.b + offset * size
        return term
    }

    private func expand(
        _ raw: al_product, _ blocks: UnsafePointer<al_blocks>, _ part: Range<Int>, _ run: Range<Int>,
        into tile: UnsafeMutableRawPointer
    ) {
        var place = al_part(row: part.lowerBound, depth: part.count, column: run.lowerBound, columns: run.count)
        kernels.table.pointee.expand(blocks, &place, raw.turned, raw.bf16, tile)
    }

    // MARK: - Sizes

    private var expanded: [al_product] { products.map(\.raw).filter { $0.blocks != nil } }

    private func size(of raw: al_product) -> Int { raw.bf16 != 0 ? 2 : 4 }
    private func evenDepth(_ depth: Int, _ raw: al_product) -> Int { raw.bf16 != 0 ? (depth + 1) / 2 * 2 : depth }

    /// Columns of C that are worked on together: as many as leave a tile its whole depth, since short sums go through C again and
    /// again. They are whole panels, and whole blocks where a matrix is not turned.
    private var tileColumns: Int {
        let straight = expanded.filter { $0.turned == 0 }
        var unit = panel
        for raw in straight {
            let weights = raw.blocks.map { Int($0.pointee.block_weights) } ?? 1
            while unit % weights != 0 { unit += panel }
        }
        let depth = expanded.map { Int($0.k) * size(of: $0) }.max() ?? 1
        let whole = (columns + panel - 1) / panel * panel
        let most = straight.isEmpty ? whole : min(whole, Self.widest)
        return min(most, max(unit, Self.tileSize / (depth * unit) * unit))
    }

    /// Rows of a product's right-hand side that are expanded together.
    private func parts(of product: MatrixProduct) -> [Range<Int>] {
        let raw = product.raw
        guard raw.blocks != nil else { return [0..<raw.k] }
        let count = tileDepth(of: raw)
        return Swift.stride(from: 0, to: raw.k, by: count).map { $0..<min(raw.k, $0 + count) }
    }

    private func tileDepth(of raw: al_product) -> Int {
        let unit = raw.turned != 0 ? Self.stretch : 16
        return max(1, Self.tileSize / (tileColumns * size(of: raw)) / unit) * unit
    }

    private var tileBytes: Int {
        expanded.map { evenDepth(min($0.k, tileDepth(of: $0)), $0) * ((tileColumns + 15) / 16 * 16) * size(of: $0) }.max() ?? 0
    }
}
