import CKernels

/// Products whose right-hand side is laid out piece by piece: one that lies in blocks, or whose transpose is what is packed. Each tile
/// is multiplied at once: the sums are the same, in the same order, as those of a matrix that was packed as a whole.
struct ExpandingProducts {
    let kernels: Kernels
    let products: [MatrixProduct]
    let rows: Int
    let columns: Int

    /// Bytes of a tile: it stays in the second cache beside a part of the left-hand side.
    static let tileSize = 256 << 10
    /// Blocks of all types begin there.
    static let stretch = 256
    /// The widest tile of blocks that are not turned: whole panels and whole blocks of all kinds.
    static let widest = 768
    /// The deepest tile, as deep as a product goes at once; what is little deeper goes with it.
    static let deepest = 768

    private var panel: Int { kernels.table.pointee.panel_width }

    /// C [rows, columns], `stride` floats from row to row.
    ///
    /// Tiles of the same rows of a right-hand side come one after another: what they are multiplied by, columns of what may be a far
    /// larger matrix, stays in a cache.
    func multiply(into c: Floats, stride: Int, bias: UnsafePointer<Float>?, accumulate: Bool) {
        let tile = UnsafeMutableRawPointer.allocate(byteCount: tileBytes, alignment: 64)
        defer { tile.deallocate() }
        var (bias, accumulate) = (bias, accumulate)
        let (width, groups) = (tileColumns, groups)
        for group in groups {
            let parts = group.tiled.map { self.parts(of: $0) } ?? [0..<0]
            for (number, part) in parts.enumerated() {
                let isLast = number == parts.count - 1
                for column in Swift.stride(from: 0, to: columns, by: width) {
                    let run = column..<min(columns, column + width)
                    var terms: [al_product] = []
                    if let raw = group.tiled { terms.append(term(raw, part, run, tile)) }
                    if isLast { terms += group.plain.map { shifted($0, column) } }
                    kernels.table.pointee.multiply(
                        terms, Int32(terms.count), rows, run.count, c + column, stride, bias.map { $0 + column },
                        accumulate ? 1 : 0)
                }
                (bias, accumulate) = (nil, true)
            }
        }
    }

    /// A product that is laid out in tiles, if there is one, and those after it that need none: they are added with its last tiles.
    private struct Group {
        var tiled: al_product?
        var plain: [al_product] = []
    }

    private var groups: [Group] {
        products.reduce(into: []) { groups, product in
            if product.isTiled || groups.isEmpty { groups.append(Group(tiled: product.isTiled ? product.raw : nil)) }
            if !product.isTiled { groups[groups.count - 1].plain.append(product.raw) }
        }
    }

    private func shifted(_ raw: al_product, _ column: Int) -> al_product {
        var term = raw
        let offset = raw.b_row == 0 ? column / panel * raw.b_panel : column
        term.b = raw.b + offset * size(of: raw)
        return term
    }

    /// Lays out a tile, and gives its part of the product.
    private func term(
        _ raw: al_product, _ part: Range<Int>, _ run: Range<Int>, _ tile: UnsafeMutableRawPointer
    ) -> al_product {
        var place = al_part(row: part.lowerBound, depth: part.count, column: run.lowerBound, columns: run.count)
        if let blocks = raw.blocks {
            kernels.table.pointee.expand(blocks, &place, raw.turned, raw.bf16, tile)
        } else {
            var panels = al_panels(start: raw.b, rows: raw.k, columns: columns)
            kernels.table.pointee.turn(&panels, &place, raw.bf16, tile)
        }
        var term = raw
        term.a = raw.a + part.lowerBound * raw.a_k * size(of: raw)
        term.k = part.count
        term.b = UnsafeRawPointer(tile)
        term.b_panel = evenDepth(part.count, raw) * panel
        return term
    }

    // MARK: - Sizes

    private var tiled: [al_product] { products.filter(\.isTiled).map(\.raw) }

    private func size(of raw: al_product) -> Int { raw.bf16 != 0 ? 2 : 4 }
    private func evenDepth(_ depth: Int, _ raw: al_product) -> Int { raw.bf16 != 0 ? (depth + 1) / 2 * 2 : depth }
    private func isStraight(_ raw: al_product) -> Bool { raw.blocks != nil && raw.turned == 0 }
    private func depth(of raw: al_product) -> Int { raw.k <= Self.deepest * 9 / 8 ? raw.k : Self.deepest }

    /// Columns of C that are worked on together: as many as a tile of the greatest depth has room for. They are whole panels, and whole
    /// blocks where a matrix is not turned.
    private var tileColumns: Int {
        let straight = tiled.filter(isStraight)
        var unit = panel
        for raw in straight {
            let weights = raw.blocks.map { Int($0.pointee.block_weights) } ?? 1
            while unit % weights != 0 { unit += panel }
        }
        let bytes = tiled.map { depth(of: $0) * size(of: $0) }.max() ?? 1
        let whole = (columns + panel - 1) / panel * panel
        let most = straight.isEmpty ? whole : min(whole, Self.widest)
        return min(most, max(unit, Self.tileSize / (max(1, bytes) * unit) * unit))
    }

    /// Rows of a product's right-hand side that are laid out together.
    private func parts(of raw: al_product) -> [Range<Int>] {
        let count = tileDepth(of: raw)
        return Swift.stride(from: 0, to: raw.k, by: count).map { $0..<min(raw.k, $0 + count) }
    }

    private func tileDepth(of raw: al_product) -> Int {
        let (whole, room) = (depth(of: raw), Self.tileSize / (tileColumns * size(of: raw)))
        if whole == raw.k, whole <= room { return max(1, whole) }
        let unit = raw.blocks != nil && raw.turned != 0 ? Self.stretch : 16
        return max(1, min(whole, room) / unit) * unit
    }

    private var tileBytes: Int {
        tiled.map { evenDepth(min($0.k, tileDepth(of: $0)), $0) * ((tileColumns + 15) / 16 * 16) * size(of: $0) }.max() ?? 0
    }
}
