package import SearchSpaces

/// What a run is to confirm once its search is over.
package struct ConfirmationRequest: Sendable, Hashable {
    package let settings: ConfirmationSettings
    /// Whether it takes the place of what the study has confirmed already; otherwise that stays, as long as the search has not grown.
    package let isExplicit: Bool

    /// Whether what has failed is tried once more.
    var remakesFailures: Bool { isExplicit }

    package init(_ settings: ConfirmationSettings, isExplicit: Bool = false) {
        (self.settings, self.isExplicit) = (settings, isExplicit)
    }
}
