/// Waits until something is so, and no longer than that.
///
/// - Parameter limit: how long it may take at most.
/// - Returns: whether it is so.
@discardableResult package func eventually(
    within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return try await condition()
}
