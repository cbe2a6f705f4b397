import Glibc
import Synchronization

/// What one launch has to itself for as long as it runs: graphics processors, say.
package final class Place: Sendable {
    /// Told to the launch's process; nil takes a variable away.
    package let environment: [String: String?]
    /// The names that its supervisor holds meanwhile.
    package let leases: [String]
    /// What this process holds of it.
    private let claims: Mutex<[Int32]>

    /// - Parameter claims: descriptors, which are closed with the place.
    package init(environment: [String: String?] = [:], leases: [String] = [], claims: [Int32] = []) {
        self.environment = environment
        self.leases = leases
        self.claims = Mutex(claims)
    }

    deinit { end() }

    /// Leaves it to others.
    package func end() {
        claims.withLock { claims in
            for claim in claims { close(claim) }
            claims = []
        }
    }
}

/// Where launches find their places, one after the other.
package protocol Places: Sendable {
    /// A place for one launch, once there is one.
    ///
    /// - Parameter saying: told what there is to wait for, whenever that changes.
    /// - Throws: `CancellationError`.
    func next(saying: @escaping @Sendable (String) async -> Void) async throws -> Place
}
