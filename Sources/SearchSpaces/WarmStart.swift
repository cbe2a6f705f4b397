/// What a study knows before its first trial.
package struct WarmStart: Sendable, Hashable {
    /// Whether LoRA configurations that are known to do well are tried first.
    package var recipes: Bool
    /// Earlier studies that are learned from, by name.
    package var studies: [String]

    package init(recipes: Bool = true, studies: [String] = []) {
        self.recipes = recipes
        self.studies = studies
    }
}
