import Foundation
import StudyStore
import TrainerSettings

/// What a merged folder says of itself in its README.md, with the head that the Hugging Face hub reads.
struct MergeCard {
    private static let file = "/README.md"

    /// nil: nothing names it.
    let base: String?
    /// What loads the folder, as the hub names it.
    let library: String
    let text: String

    func write(in folder: String) throws {
        let model = base.map { "base_model: " + JSONWriter.text(.string($0), .page) + "\n" } ?? ""
        let card = "---\n\(model)library_name: \(library)\ntags: [autolora]\n---\n\(text)\n"
        try AtomicFile.write([Data(card.utf8)], to: folder + Self.file)
    }

    /// Puts a paragraph behind the card that is there; where there is none, none is made.
    static func add(_ text: String, in folder: String) throws {
        guard let card = try? String(contentsOfFile: folder + file, encoding: .utf8) else { return }
        try AtomicFile.write([Data("\(card)\n\(text)\n".utf8)], to: folder + file)
    }
}
