package import TrainerSettings

/// What a configuration's data come to: read and checked before anything is launched, without the model.
package struct DataSummary: Sendable {
    /// What people are told of one thing: "train", "8446 rows: ...".
    package struct Line: Sendable, Hashable {
        package let name: String
        package let text: String

        package init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
    }

    /// What answers on the model, as the rows to train on have it.
    package let head: any TaskHead
    /// None for a part that the settings do not name.
    package let rows: [DataPart: Int]
    package let lines: [Line]
    /// What is allowed and yet probably not meant, a line each.
    package let remarks: [String]
    /// Some of the texts to train on, from all over the file.
    package let sample: [String]

    package init(head: any TaskHead, rows: [DataPart: Int], lines: [Line], remarks: [String], sample: [String]) {
        (self.head, self.rows, self.lines) = (head, rows, lines)
        (self.remarks, self.sample) = (remarks, sample)
    }
}
