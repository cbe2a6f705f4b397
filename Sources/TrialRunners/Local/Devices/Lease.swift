import CSupervisor
import Glibc

/// Who has which device, on the whole machine.
///
/// A lease is a name that the kernel gives to one process at a time: that of a socket bound to no file (unix(7), abstract). Each share of a device has two:
/// - the *claim* is the controller's, from its choice until the trial's end: no other controller looks further at a share that is claimed;
/// - the *trial's* is its supervisor's and, inherited, that of all that the trial starts. It is free when the last of them is gone,
///   however controller and supervisor end, and no sooner.
///
/// A lock on a file would do the same between one user's studies. A name needs no folder: none that another user could put there
/// first, or that is swept out while a trial runs (/tmp), or goes when its user logs out ($XDG_RUNTIME_DIR, /dev/shm); nothing is ever
/// left; and it holds between the studies of all users. It holds within one network namespace: containers that share devices see
/// each other's use by the memory alone.
///
/// What a trial starts may close the descriptors that it inherits, as Python's subprocesses do. Should its supervisor *and* its
/// controller be killed, such a process lives without a name: so the names in the environment of living processes count too
/// (``LeaseHolders``), until the next controller ends them.
struct Lease: Sendable, Hashable {
    /// What the trial's supervisor holds.
    let name: String
    /// The controller's descriptor.
    let claim: Int32
}

/// The names of a device's shares.
struct LeaseNames: Sendable {
    /// A trial that runs a study of its own shares out what it was given itself: its names are its own.
    private let prefix: String

    /// Trials on one device at most. Whoever leases a share looks at those of all ways to divide it.
    static let mostShares = 16

    /// - Parameter environment: this process's.
    init(environment: [String: String]) {
        let launch = environment["AUTOLORA_GPUS"] == nil ? "" : environment["AUTOLORA_LAUNCH"] ?? ""
        prefix = "autolora-gpu" + (launch.isEmpty ? "" : "." + launch.prefix(8))
    }

    func name(of device: Device, share: Int, of shares: Int) -> String {
        "\(prefix):\(device.identifier.filter { $0 != " " }):\(share)/\(shares)"
    }

    func all(of device: Device) -> [String] {
        (1...Self.mostShares).flatMap { shares in (0..<shares).map { name(of: device, share: $0, of: shares) } }
    }

    /// Whether a trial, or a controller that is about to start one, has it.
    static func isTaken(_ name: String, _ holders: LeaseHolders) -> Bool {
        is_taken(claim(name)) != 0 || isRunning(name, holders)
    }

    private static func isRunning(_ name: String, _ holders: LeaseHolders) -> Bool {
        is_taken(name) != 0 || holders[name] != nil
    }

    private static func claim(_ name: String) -> String { name + "+" }

    /// Leases a share of a device that nobody has; nil: there is none, or somebody divides the device in another way.
    func lease(_ device: Device, shares: Int, _ holders: LeaseHolders) -> Lease? {
        let own = (0..<shares).map { name(of: device, share: $0, of: shares) }
        for name in own where !Self.isRunning(name, holders) {
            let claim = take_name(Self.claim(name))
            guard claim >= 0 else { continue }
            // Only now: whoever claims first and looks then is seen by whoever else does.
            let others = all(of: device).filter { !own.contains($0) }
            if !Self.isRunning(name, holders), !others.contains(where: { Self.isTaken($0, holders) }) {
                return Lease(name: name, claim: claim)
            }
            close(claim)
        }
        return nil
    }

    /// Why no name can be had on this system; nil: they can.
    static func obstacle() -> String? {
        let probe = take_name("autolora-gpu-probe:\(getpid()):\(UInt64.random(in: 0 ... .max))")
        guard probe < 0 else {
            close(probe)
            return nil
        }
        return String(cString: strerror(errno))
    }
}
