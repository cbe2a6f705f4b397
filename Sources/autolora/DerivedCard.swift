import Finetuning
import Foundation
import StudyStore
import StudyViews
import TrainerSettings

/// What a folder that was made of adapters says of itself in its README.md, with the head that the Hugging Face hub reads. An adapter's
/// figures are of that adapter: the card of what was made of it has none of them.
struct DerivedCard {
    private static let file = "/README.md"

    /// nil: nothing names it.
    let base: String?
    /// What loads the folder, as the hub names it.
    let library: String
    let text: String

    /// Of a part of an adapter.
    ///
    /// - Parameters:
    ///   - command: which made it.
    ///   - sentence: what it is.
    init(cutFrom adapter: String, by command: String, _ sentence: String) {
        let configuration = try? JSONInput.object(file: TrainedAdapter(adapter).configurationFile)
        let card = try? ModelCard(folder: adapter)
        let trial = card.flatMap { card in
            card.study.flatMap { study in card.trial.map { ", which is of trial \($0) of study \(study.printable)" } }
        }
        (base, library) = (configuration?["base_model_name_or_path"]?.text, "peft")
        text = "Cut by `\(command)`: \(sentence). Made of `\(adapter)`\(trial ?? "")."
    }

    init(base: String?, library: String, text: String) { (self.base, self.library, self.text) = (base, library, text) }

    /// With the lines that load an adapter of its kind.
    func write(in folder: String) throws {
        let model = base.map { "base_model: " + JSONWriter.text(.string($0), .page) + "\n" } ?? ""
        let lines = library == "peft" ? try TrainedAdapter(folder).loadingLines.map { "\n" + $0 } : nil
        let card = "---\n\(model)library_name: \(library)\ntags: [autolora]\n---\n\(text)\n\(lines ?? "")"
        try AtomicFile.write([Data(card.utf8)], to: folder + Self.file)
    }
}
