/// The data that a trial trains on, is compared by, and is measured on in the end.
package enum DataPart: String, Sendable, Hashable, CaseIterable {
    case train, validation, test
}

/// Where the rows of one part are: a file of their own, or a share of a file.
package struct DataSource: Sendable, Hashable {
    package let path: String
    /// Of the numbers from 0 to 1 that texts have by their hash; nil: all rows.
    package let share: Range<Double>?

    package init(path: String, share: Range<Double>? = nil) {
        self.path = path
        self.share = share
    }
}

/// The shares of the training file that are other parts; none: they have files of their own.
package struct DataSplit: Sendable, Hashable {
    package var validation: Double?
    package var test: Double?

    package init(validation: Double? = nil, test: Double? = nil) {
        self.validation = validation
        self.test = test
    }

    /// A part's place: the test's comes first, so that another share of validation leaves it as it is.
    func share(of part: DataPart) -> Range<Double>? {
        let first = test ?? 0
        let second = first + (validation ?? 0)
        switch part {
        case .test: return test.map { 0..<$0 }
        case .validation: return validation == nil ? nil : first..<second
        case .train: return second == 0 ? nil : second..<1
        }
    }
}

/// How rows lie in the data files.
package struct DataColumns: Sendable, Hashable {
    package var text = "text"
    package var label = "label"
    /// What stands between a row's values; nil: a tab in .tsv, else a comma.
    package var separator: Unicode.Scalar?
    package var quoting = Quoting.auto
    /// Whether they come from a command's options: messages name those then.
    package var areOptions = false

    package init() {}

    package enum Quoting: String, Sendable, Hashable, CaseIterable {
        /// As ``on``, unless rows would be lost.
        case auto
        /// Quotes enclose a value, in which they are written twice.
        case on
        /// Quotes are part of the text.
        case off
    }
}

extension TrainerSettings {
    /// nil: the settings name no such data.
    package func source(of part: DataPart) -> DataSource? {
        let file: String? =
            switch part {
            case .train: train
            case .validation: validation
            case .test: test
            }
        if part != .train, let file { return DataSource(path: file) }
        return split.share(of: part).map { DataSource(path: train, share: $0) } ?? file.map { DataSource(path: $0) }
    }

    /// Where it trains; there always is one.
    package var trainingSource: DataSource { DataSource(path: train, share: split.share(of: .train)) }
}
