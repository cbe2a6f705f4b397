import FoundationEssentials
import Glibc
package import Tensors

/// Rows of floats of many examples in one file, each written when it is first computed, by any number of processes at once.
///
/// A record is a checksum and the example's rows. There is nothing to lock: whoever computes an example writes the same bytes,
/// and a record that is not there, half written or damaged has a wrong checksum and is computed again. Reads and writes go
/// by the descriptor, never by a mapping: a file that shrinks or a disk that is full raises no signal, and what is read stands
/// in the page cache, not in the process.
package final class RowCache {
    /// How many of the first examples have room in the file.
    package let capacity: Int
    /// What ended the writing, once something has.
    package private(set) var problem: CheckpointError?
    private let descriptor: Int32
    private let layout: RowLayout
    private let seed: UInt64
    private let path: String

    /// Opens the key's file or makes it, and room for it in the folder: see ``CacheRoom``.
    ///
    /// - Parameters:
    ///   - offsets: where each example's rows begin; one more at the end, the count of all rows.
    ///   - width: floats in a row.
    ///   - limit: bytes that all files of the key's kind in the folder may take together.
    /// - Throws: `CheckpointError` where the folder or the file cannot be made or locked.
    package convenience init(
        _ folder: CacheFolder, _ key: CacheKey, offsets: [Int], width: Int, limit: Int
    ) throws(CheckpointError) {
        let layout = RowLayout(start: key.header.count, offsets: offsets, width: width)
        let file = try CacheRoom(folder, kind: key.kind, limit: limit).open(key, size: layout.size)
        self.init(descriptor: file.descriptor, size: file.size, layout: layout, key: key, path: folder.file(key))
    }

    /// - Parameter descriptor: closed with this object.
    init(descriptor: Int32, size: Int, layout: RowLayout, key: CacheKey, path: String) {
        self.descriptor = descriptor
        self.layout = layout
        self.path = path
        capacity = layout.capacity(size: size)
        seed = key.hash
    }

    /// Fills in an example's rows; false where they are not there, and then what was filled in means nothing.
    package func read(_ example: Int, into rows: Floats) -> Bool {
        guard example < capacity else { return false }
        var stored: UInt64 = 0
        let count = layout.rowBytes(example)
        let got = withUnsafeMutableBytes(of: &stored) { checksum in
            let pieces = [
                iovec(iov_base: checksum.baseAddress, iov_len: checksum.count), iovec(iov_base: rows, iov_len: count),
            ]
            return preadv(descriptor, pieces, 2, off_t(layout.offset(example)))
        }
        return got == count + RowLayout.checksumSize && stored != 0 && stored == checksum(example, rows)
    }

    /// Keeps an example's rows. After the first failure it does nothing any more and ``problem`` says why.
    package func write(_ example: Int, _ rows: UnsafePointer<Float>) {
        guard problem == nil, example < capacity else { return }
        var sum = checksum(example, rows)
        let count = layout.rowBytes(example)
        errno = 0
        let put = withUnsafeMutableBytes(of: &sum) { checksum in
            let pieces = [
                iovec(iov_base: checksum.baseAddress, iov_len: checksum.count),
                iovec(iov_base: UnsafeMutablePointer(mutating: rows), iov_len: count),
            ]
            return pwritev(descriptor, pieces, 2, off_t(layout.offset(example)))
        }
        guard put != count + RowLayout.checksumSize else { return }
        let reason = put >= 0 ? "the disk is full" : String(cString: strerror(errno))
        problem = CheckpointError(path: path, problem: "cannot be written: \(reason)")
    }

    /// Mixed with the example's number and the key, so that no record passes for another; never 0, which a hole has.
    private func checksum(_ example: Int, _ rows: UnsafePointer<Float>) -> UInt64 {
        let bytes = UnsafeRawBufferPointer(start: rows, count: layout.rowBytes(example))
        let sum = Checksum.of(bytes, seed: seed &+ UInt64(example) &* 0xD134_2543_DE82_EF95)
        return sum == 0 ? 1 : sum
    }

    deinit { close(descriptor) }
}

/// Where each example's record lies in a file: record after record, in the examples' order.
struct RowLayout: Hashable {
    /// The header's size.
    let start: Int
    let offsets: [Int]
    let width: Int

    static let checksumSize = MemoryLayout<UInt64>.size

    var count: Int { offsets.count - 1 }
    var size: Int { offset(count) }

    func offset(_ example: Int) -> Int {
        start + example * Self.checksumSize + offsets[example] * width * MemoryLayout<Float>.size
    }

    func rowBytes(_ example: Int) -> Int {
        (offsets[example + 1] - offsets[example]) * width * MemoryLayout<Float>.size
    }

    /// How many of the first records a file of this size has room for.
    func capacity(size: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high + 1) / 2
            if offset(middle) <= size { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
