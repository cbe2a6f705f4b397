/// What a study knows before its first trial.
package struct WarmStart: Sendable, Hashable {
    /// Whether LoRA configurations that are known to do well are tried first.
    package var recipes: Bool
    /// Earlier studies that are learned from, by name.
    package var studies: [String]
    /// Studies of other programs that are learned from.
    package var foreign: [ForeignSource] = []

    package init(recipes: Bool = true, studies: [String] = [], foreign: [ForeignSource] = []) {
        self.recipes = recipes
        self.studies = studies
        self.foreign = foreign
    }
}

/// A study that another program made, in a file.
package struct ForeignSource: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A database or a journal of Optuna's.
        case optuna
        case csv
    }

    package var kind: Kind
    /// As the space file has it.
    package var path: String
    /// The study's name; nil: the file has one alone.
    package var study: String?
    /// The objective or the column; nil: the study's own metric, or the file's first.
    package var metric: String?
    /// The names that the file has for parameters, and ours.
    package var rename: [String: String]

    package init(
        _ kind: Kind, path: String, study: String? = nil, metric: String? = nil, rename: [String: String] = [:]
    ) {
        (self.kind, self.path, self.study, self.metric, self.rename) = (kind, path, study, metric, rename)
    }

    /// What messages and the record of what a study has learned from call it.
    package var title: String { path + (study.map { " (\($0))" } ?? "") }
}
