/// How the trials of a study are watched over.
package struct Supervision: Sendable, Hashable {
    /// Seconds that one launch of a trial may take.
    package var trialTimeout: Double?
    /// Seconds that a trial may say nothing, on neither of its streams.
    package var reportTimeout: Double?
    /// How often a trial that was killed from outside is launched again in one run.
    package var maxRetries: Int
    /// Trials that may fail in one run; nil: any number, once one has not (``FailureLimit``).
    package var maxFailures: Int?
    /// Bytes that the study's folder may take.
    package var diskCap: Int?
    /// Seconds that a trial has to end in, once it was told to or has made its rung's report; they begin again whenever its
    /// folder changes.
    package var grace: Double
    package var onOutOfMemory = OutOfMemoryPolicy.infeasible

    package static let defaultRetries = 2
    package static let defaultGrace = 60.0

    package init(
        trialTimeout: Double? = nil, reportTimeout: Double? = nil, maxRetries: Int = defaultRetries,
        maxFailures: Int? = nil, diskCap: Int? = nil, grace: Double = defaultGrace
    ) {
        self.trialTimeout = trialTimeout
        self.reportTimeout = reportTimeout
        self.maxRetries = maxRetries
        self.maxFailures = maxFailures
        self.diskCap = diskCap
        self.grace = grace
    }
}
