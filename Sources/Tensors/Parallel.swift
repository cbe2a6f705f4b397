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

/// Runs the body for runs of 0..<count that threads share where they are many; each begins at a whole vector, so that what it computes
/// element by element are the same bits.
package func inRuns(of count: Int, threads: Int, _ body: (Range<Int>) -> Void) {
    let runs = count < 1 << 18 ? 1 : max(1, threads)
    let length = (count + runs - 1) / runs / 16 * 16 + 16
    inParallel(runs) { run in
        let range = min(count, run * length)..<min(count, (run + 1) * length)
        if !range.isEmpty { body(range) }
    }
}

/// What is run at the same time on several threads, none of which outlives the call.
private struct SharedBody: @unchecked Sendable {
    let run: (Int) -> Void
}
