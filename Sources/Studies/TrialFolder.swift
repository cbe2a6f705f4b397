/// The paths of a trial's files, all absolute.
package struct TrialFolder: Sendable, Hashable {
    package let path: String
    /// config.json
    package let configuration: String
    package let checkpoint: String
    package let adapter: String
    /// What the study's trials share and can compute again.
    package let cache: String

    package init(path: String, configuration: String, checkpoint: String, adapter: String, cache: String) {
        self.path = path
        self.configuration = configuration
        self.checkpoint = checkpoint
        self.adapter = adapter
        self.cache = cache
    }
}
