import Dispatch

/// Runs the body for 0..<count at the same time, one a thread, and waits for all.
///
/// What two runs of the body touch must be apart; that is the caller's to see to.
package func inParallel(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1 else {
        if count == 1 { body(0) }
        return
    }
    withoutActuallyEscaping(body) { body in
        let shared = SharedBody(run: body)
        DispatchQueue.concurrentPerform(iterations: count) { shared.run($0) }
    }
}

/// What is run at the same time on several threads, none of which outlives the call.
private struct SharedBody: @unchecked Sendable {
    let run: (Int) -> Void
}
