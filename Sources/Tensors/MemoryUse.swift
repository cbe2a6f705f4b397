import Glibc

/// Main memory that something takes once it is read or written, in bytes.
package struct MemoryUse: Sendable, Hashable {
    /// The process's own.
    package var own: Int
    /// Pages of files, which all processes that map the files have in common.
    package var mapped: Int

    package init(own: Int = 0, mapped: Int = 0) { (self.own, self.mapped) = (own, mapped) }

    package var total: Int { own + mapped }

    package static func + (a: MemoryUse, b: MemoryUse) -> MemoryUse {
        MemoryUse(own: a.own + b.own, mapped: a.mapped + b.mapped)
    }
}

/// In what pieces the system gives memory.
package enum MemoryPages {
    package static let small = 4096
    /// What a large ``FloatStorage`` comes in, where the system has large pages.
    package static let large = isLarge ? 2 << 20 : small

    /// Bytes of whole pages.
    package static func whole(_ bytes: Int, of size: Int = small) -> Int { (bytes + size - 1) / size * size }

    private static let isLarge: Bool = {
        let descriptor = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return words.contains("[always]") || words.contains("[madvise]")
    }()
}

extension FloatStorage {
    /// What so many floats take once they are written.
    package static func memory(count: Int) -> Int { MemoryPages.whole(max(1, count) * MemoryLayout<Float>.stride) }
}

extension PackedMatrix {
    /// One that is never packed nor read.
    package convenience init(planned depth: Int, _ columns: Int, _ precision: WeightPrecision, for kernels: Kernels) {
        self.init(depth: depth, columns: columns, precision: precision, in: .nowhere, for: kernels)
    }

    /// Once it is packed; of blocks, once they are read.
    package var memoryUse: MemoryUse {
        if let blocks { return MemoryUse(mapped: blocks.byteCount) }
        return MemoryUse(own: MemoryPages.whole(Self.byteCount(depth: depth, columns: columns, precision)))
    }
}

extension PackedMemory {
    /// Of weights that are only planned: nothing may be read or written there.
    package static var nowhere: PackedMemory {
        guard let address = UnsafeRawPointer(bitPattern: 64) else { preconditionFailure("an address that is none") }
        return PackedMemory(address, of: NoMemory())
    }
}

/// What owns no memory.
private final class NoMemory {}

extension BlockMatrix {
    package var byteCount: Int { Self.byteCount(type, rows: rows, columns: columns) }
}
