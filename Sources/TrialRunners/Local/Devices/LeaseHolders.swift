import Glibc

/// The trials that have devices, as the environment of their processes tells: those of this user, whoever controls them.
package struct LeaseHolders: Sendable {
    package struct Holder: Sendable, Hashable {
        package let study: String
        package let trial: String
        /// Its supervisor, as a rule.
        package let process: Int

        package var description: String { "trial \(trial) of study \(study) (process \(process))" }
    }

    private let holders: [String: Holder]

    init(_ holders: [String: Holder] = [:]) { self.holders = holders }

    /// Those of now. This process and those above it hold nothing that is to be given away here.
    static var now: LeaseHolders {
        var holders: [String: Holder] = [:]
        for process in ThisMachine.processes {
            let variables = process.variables(["AUTOLORA_LEASES", "AUTOLORA_STUDY", "AUTOLORA_TRIAL"])
            guard let names = variables["AUTOLORA_LEASES"], !names.isEmpty else { continue }
            let holder = Holder(
                study: variables["AUTOLORA_STUDY"] ?? "?", trial: variables["AUTOLORA_TRIAL"] ?? "?",
                process: Int(process.number))
            for name in names.split(separator: " ") where (holders[String(name)]?.process ?? .max) > holder.process {
                holders[String(name)] = holder
            }
        }
        return LeaseHolders(holders)
    }

    subscript(name: String) -> Holder? { holders[name] }
}
