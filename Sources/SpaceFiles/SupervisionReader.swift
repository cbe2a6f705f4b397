import SearchSpaces

extension Supervision {
    static let keys = [
        "trial_timeout", "report_timeout", "max_retries", "max_failures", "disk_cap", "grace", "on_out_of_memory",
    ]

    /// - Parameter root: the file's top level.
    init(_ root: Section) throws(SpaceFileError) {
        self.init()
        if let value = root["trial_timeout"] { trialTimeout = try value.seconds() }
        if let value = root["report_timeout"] { reportTimeout = try value.seconds() }
        if let retries = try root.count("max_retries", atLeast: 0) { maxRetries = retries }
        if let value = root["grace"] { grace = try value.seconds() }
        maxFailures = try root.count("max_failures", atLeast: 1)
        diskCap = try root.byteCount("disk_cap")
        if let value = root["on_out_of_memory"] {
            let word = try value.text()
            guard let policy = OutOfMemoryPolicy(rawValue: word) else {
                throw .unknown(
                    "value", word, at: value.position, allowed: OutOfMemoryPolicy.allCases.map(\.rawValue))
            }
            onOutOfMemory = policy
        }
    }
}
