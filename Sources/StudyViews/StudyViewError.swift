/// Why a study has nothing to show.
package struct StudyViewError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
