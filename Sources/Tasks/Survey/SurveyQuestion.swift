package import TrainerSettings

/// What is known of data files before they are looked at.
package struct SurveyQuestion: Sendable, Hashable {
    /// nil: what the rows seem to be for.
    package var task: TrainerSettings.Task?
    /// Names of columns; nil: they are looked for.
    package var text: String?
    package var label: String?
    /// Whose tokens are counted.
    package var model: String?
    /// Whether its rows are those to train on.
    var isFirst = true

    package init() {}

    /// As far as names are known.
    var columns: DataColumns {
        var columns = DataColumns()
        if let text { columns.text = text }
        if let label { columns.label = label }
        return columns
    }
}

/// A row that was looked at.
struct SurveyItem: Sendable, Hashable {
    let line: Int
    /// Of its text, or of what it asks (``DataRow/textHash``).
    let hash: UInt64
    /// nil where it has none.
    let label: String?
    /// Of a language model's row what it answers; two rows that ask the same are copies only where this is the same too.
    let answer: UInt64
    /// In characters.
    let length: Int
}
