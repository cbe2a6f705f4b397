/// The graphics processors that a study's trials want of the machine they run on.
///
/// It says nothing of what is there: that is the runner's to find out.
package struct DeviceRequest: Sendable, Hashable {
    /// Which of the machine's devices a study takes.
    package enum Choice: Sendable, Hashable {
        /// Whatever there is; trials run without where there is none.
        case auto
        /// Trials see no device.
        case none
        case listed([Name])
    }

    /// How a user calls a device.
    package enum Name: Sendable, Hashable, CustomStringConvertible {
        /// As `nvidia-smi` counts: in the order of the bus.
        case index(Int)
        /// `GPU-...` or `MIG-...`; a unique beginning is enough.
        case identifier(String)

        package var description: String {
            switch self {
            case .index(let index): "\(index)"
            case .identifier(let identifier): identifier
            }
        }
    }

    package var choice: Choice
    /// Devices of one trial: a whole number, or 1/n where n trials share a device.
    package var perTrial: Double

    package init(_ choice: Choice = .auto, perTrial: Double = 1) {
        self.choice = choice
        self.perTrial = perTrial
    }

    /// Whole devices that a trial sees.
    package var devicesPerTrial: Int { max(1, Int(perTrial)) }

    /// How many trials one device holds.
    package var trialsPerDevice: Int { perTrial < 1 ? Int((1 / perTrial).rounded()) : 1 }
}
