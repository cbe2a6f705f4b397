/// The rows of q and k in Hugging Face's order, in which row j of a head turns with row j + half of it, and in that of some GGUF files, in
/// which the two lie side by side.
package enum RotaryRows {
    /// - Parameter values: whole rows, of so many in each head as all heads share, in Hugging Face's order.
    /// - Returns: the same in GGUF's order.
    package static func paired(_ values: [Float], rows: Int, heads: Int) -> [Float] {
        moved(values, rows, heads) { head, row, half in head + row % half * 2 + row / half }
    }

    /// The other way.
    package static func apart(_ values: [Float], rows: Int, heads: Int) -> [Float] {
        moved(values, rows, heads) { head, row, half in head + row % 2 * half + row / 2 }
    }

    private static func moved(
        _ values: [Float], _ rows: Int, _ heads: Int, to place: (_ head: Int, _ row: Int, _ half: Int) -> Int
    ) -> [Float] {
        precondition(heads > 0 && rows % (2 * heads) == 0, "whole rotary pairs")
        let (width, size) = (values.count / rows, rows / heads)
        var moved = values
        for row in 0..<rows {
            let target = place(row / size * size, row % size, size / 2)
            moved.replaceSubrange(target * width..<(target + 1) * width, with: values[row * width..<(row + 1) * width])
        }
        return moved
    }
}
