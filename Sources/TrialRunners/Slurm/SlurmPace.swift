/// How often a cluster is asked and files are looked at, and how long what is missing is waited for; all in seconds.
package struct SlurmPace: Sendable, Hashable {
    /// Between two looks at the queue: one for all launches.
    package var look = 15.0
    /// At the least, where something is to be known soon.
    package var hastyLook = 5.0
    /// Between two looks at a launch's files.
    package var files = 2.0
    /// Between two signs of life of a job.
    package var pulse = 15.0
    /// Without a sign of life after which a job that is gone is lost.
    package var silence = 60.0
    /// Without one after which a job that Slurm has running is.
    package var deafness = 180.0
    /// Beyond its grace time after which a job that was told to end is cancelled.
    package var patience = 60.0
    /// Until a queue that was full is tried again.
    package var full = 60.0
    /// Jobs that are submitted at once; from then on one a second.
    package var burst = 10.0

    package init() {}

    /// - Parameter factor: of each of them; tests have no time.
    package init(times factor: Double) {
        for key in [\SlurmPace.look, \.hastyLook, \.files, \.pulse, \.silence, \.deafness, \.patience, \.full] {
            self[keyPath: key] *= factor
        }
    }
}
