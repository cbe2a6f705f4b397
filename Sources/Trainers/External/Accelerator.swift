import FoundationEssentials
import SearchSpaces

/// Whether a trial computes on a GPU: precision and kernels are written for one or the other.
enum Accelerator {
    /// What drivers leave in /dev: NVIDIA's, AMD's, and NVIDIA's under Windows.
    private static let signs = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg"]

    static func isSeen(by launch: LaunchRequest) -> Bool {
        switch launch.study.devices.choice {
        case .none: false
        case .listed: true
        case .auto: isThere(launch.inherited.merging(launch.variables.compactMapValues(\.self)) { $1 })
        }
    }

    /// - Parameter environment: that the trial is started in.
    private static func isThere(_ environment: [String: String]) -> Bool {
        if let visible = environment["CUDA_VISIBLE_DEVICES"] ?? environment["ROCR_VISIBLE_DEVICES"] {
            return !visible.isEmpty && visible != "-1"
        }
        return signs.contains { FileManager.default.fileExists(atPath: $0) }
    }
}
