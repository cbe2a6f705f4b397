import Glibc

/// Aligned memory for floats, zero at first, owned by whoever holds this object.
package final class FloatStorage {
    package let values: UnsafeMutableBufferPointer<Float>

    /// Aligned to cache lines, and large buffers come as untouched pages.
    package init(count: Int) {
        let bytes = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
        guard let raw = aligned_alloc(64, bytes) else { fatalError("out of memory: \(bytes) bytes") }
        memset(raw, 0, bytes)
        values = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: bytes / 4), count: count)
    }

    package var base: UnsafeMutablePointer<Float> {
        guard let base = values.baseAddress else { preconditionFailure("memory that was allocated") }
        return base
    }

    deinit { free(values.baseAddress) }
}
