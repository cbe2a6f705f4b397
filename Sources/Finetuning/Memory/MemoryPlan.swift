package import Tensors
package import TrainerSettings

/// What a trial takes of the machine's main memory at its peak, told before it is launched.
///
/// Each part is what the type that allocates it says. Counted is what the system counts as resident (VmHWM), pages of mapped files
/// among it: trials of one model have these in common.
package struct MemoryPlan: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        /// "weights"
        package let name: String
        package let use: MemoryUse
    }

    /// What is there at the peak.
    package let parts: [Part]
    /// Whether activations are computed again in the backward pass.
    package let checkpoints: Bool

    package var peak: Int { parts.reduce(0) { $0 + $1.use.total } }
    /// Pages that other trials of the model use too.
    package var shared: Int { parts.reduce(0) { $0 + $1.use.mapped } }

    /// "612 MB (weights 432 MB, activations 101 MB, program 55 MB, ...)"
    package var text: String {
        let large = parts.filter { $0.use.total >= 500_000 }.sorted { $0.use.total > $1.use.total }
        return "\(peakText) (" + large.map { "\($0.name) \(Self.words($0.use.total))" }.joined(separator: ", ") + ")"
    }

    package var peakText: String { Self.words(peak) }

    package static func words(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }
}

/// How much memory a trial may take.
package struct MemoryLimit: Sendable, Hashable {
    package let bytes: Int
    /// "memory_cap allows 8GiB"
    package let words: String

    /// `memory_cap`, or what there is where the trial runs, if that is less. nil: neither is known.
    package init?(_ settings: TrainerSettings, in room: MemoryRoom = .machine) {
        self.init(cap: settings.memoryCap, machine: room.bytes, words: room.words)
    }

    init?(cap: ByteCount?, machine: Int?, words room: String = MemoryRoom.machine.words) {
        if let cap, cap.bytes <= machine ?? .max {
            // What is no whole number of KiB is written without a unit.
            let amount = "\(cap)".last?.isNumber == true ? MemoryPlan.words(cap.bytes) : "\(cap)"
            (bytes, words) = (cap.bytes, "memory_cap allows \(amount)")
        } else if let machine {
            (bytes, words) = (machine, "\(room) \(MemoryPlan.words(machine))")
        } else {
            return nil
        }
    }

    package func allows(_ plan: MemoryPlan) -> Bool { plan.peak <= bytes }
}

/// The main memory of the place where trials run.
package enum MemoryRoom: Sendable, Hashable {
    case machine
    /// A cluster's job that asks for so many bytes; nil: for as many as the cluster gives, which nobody knows here.
    case job(Int?)

    /// nil: it is not known.
    package var bytes: Int? {
        switch self {
        case .machine: MachineMemory.total
        case .job(let bytes): bytes
        }
    }

    /// What an amount follows.
    var words: String {
        switch self {
        case .machine: "this machine has"
        case .job: "the runner's mem gives a job"
        }
    }
}
