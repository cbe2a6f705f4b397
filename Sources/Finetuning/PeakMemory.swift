import FoundationEssentials
import TrainerSettings

/// The most memory this process has had in RAM at once, in bytes; 0 where the system does not tell.
///
/// From /proc, since getrusage's figure also remembers the process that launched this one.
func peakMemoryBytes() -> Int {
    guard let status = try? RegularFile.read("/proc/self/status") else { return 0 }
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmHWM:") {
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
    }
    return 0
}
