import Foundation

/// How far this process's memory grew since the beginning, its peak between two looks included.
struct MemoryMeter {
    private var start: Int?
    private let status = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    private let reset = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)

    /// What any input may take: the readers' own tables, and what the allocator keeps.
    static let allowance = 48 << 20

    mutating func begin() {
        start = figure("VmRSS:")
        clear()
    }

    /// Bytes; nil before the beginning, or where the system does not tell.
    func growth() -> Int? {
        guard let start, let peak = figure("VmHWM:") else { return nil }
        clear()
        return max(0, peak - start)
    }

    /// Sets the peak back to what is in use now.
    private func clear() { _ = pwrite(reset, "5", 1, 0) }

    private func figure(_ name: String) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { pread(status, $0.baseAddress, $0.count, 0) }
        let text = buffer.prefix(max(0, count))
        guard let place = text.firstRange(of: Array(name.utf8)) else { return nil }
        let digits = text[place.upperBound...].drop { $0 == 0x20 || $0 == 0x09 }.prefix { (0x30...0x39).contains($0) }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } * 1024
    }
}
