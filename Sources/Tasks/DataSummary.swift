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
    /// Of each of these, how many tokens it takes until there is something to learn in it, or nil; none where that is never a question.
    package var needed: [Int?] = []

    package init(head: any TaskHead, rows: [DataPart: Int], lines: [Line], remarks: [String], sample: [String]) {
        (self.head, self.rows, self.lines) = (head, rows, lines)
        (self.remarks, self.sample) = (remarks, sample)
    }

    /// What to say where a length leaves nothing to learn of some rows; nil: it leaves something of each.
    ///
    /// - Throws: ``InputError`` where nothing is left of any row.
    package func loss(at limit: Int, in file: String) throws(InputError) -> String? {
        let lost = needed.count { $0.map { $0 > limit } ?? true }
        guard lost > 0 else { return nil }
        guard lost < needed.count || needed.count < rows[.train] ?? 0 else {
            throw InputError(
                place: file,
                problem:
                    "nothing is left to learn of its \(lost) row\(lost == 1 ? "" : "s"): each is longer than max_length \(limit) before what is "
                    + "to be predicted begins, or has nothing to predict; raise max_length")
        }
        let percent = 100 * Double(lost) / Double(needed.count)
        return
            "max_length \(limit) leaves nothing to learn of \(percent < 1 ? "under 1" : "\(Int(percent.rounded()))") % of the rows to train on, which are "
            + "left out: what is to be predicted begins beyond it, or there is nothing to predict"
    }
}
