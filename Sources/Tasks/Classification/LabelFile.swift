package import Checkpoints
import FoundationEssentials
import TrainerSettings

/// The labels' names in an adapter's folder, in a file beside PEFT's, since PEFT warns of keys that it does not know; in a folder that
/// AdapterHub wrote, in its own.
package struct LabelFile: Sendable, Hashable {
    private let folder: String

    package init(adapterFolder: String) { folder = adapterFolder }

    package var path: String { folder + "/" + (isHub ? Self.hubName : Self.name) }

    private static let name = "labels.json"
    private static let hubName = "head_config.json"

    private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + name) }
    private var isHub: Bool { !isThere(Self.name) && isThere(Self.hubName) }

    /// The labels' names in the order of their classes' numbers; nil where the folder has neither file, as PEFT writes none, and where they
    /// are what transformers calls classes that nobody named.
    ///
    /// - Throws: `CheckpointError` for a file that is damaged.
    package func names() throws(CheckpointError) -> [String]? {
        guard isHub || isThere(Self.name) else { return nil }
        guard case .object(let table)? = try object()[isHub ? "label2id" : "id2label"] else {
            if isHub { return nil }
            throw damage
        }
        guard isHub else { return try names(table.count) { table[String($0)]?.text } }
        let byNumber = Dictionary(table.map { ($0.value, $0.key) }) { first, _ in first }
        let names = try names(table.count) { byNumber[.int($0)] }
        return names == names.indices.map { "LABEL_\($0)" } ? nil : names
    }

    private func names(_ count: Int, _ name: (Int) -> String?) throws(CheckpointError) -> [String] {
        let names = (0..<count).compactMap(name)
        guard names.count == count else { throw damage }
        return names
    }

    private var damage: CheckpointError {
        CheckpointError(
            path: path, problem: "is damaged: \(isHub ? "label2id" : "id2label") does not name the head's labels")
    }

    /// Of each label the class that it is here; nil where that is its own, or the folder names none.
    ///
    /// - Throws: `CheckpointError` where the labels are others: nothing goes on with the classes of other labels unnoticed.
    func classes(of labels: [String]) throws(CheckpointError) -> [Int]? {
        guard let own = try names(), own != labels else { return nil }
        func plain(_ name: String) -> String { ClassNumbers.wholeNumber(name) ?? name }
        let places = Dictionary(own.enumerated().map { (plain($0.element), $0.offset) }) { first, _ in first }
        let classes = labels.compactMap { places[plain($0)] }
        guard own.count == labels.count, Set(classes).count == own.count else {
            func list(_ names: [String]) -> String {
                names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
            }
            throw CheckpointError(
                path: path,
                problem:
                    "has the labels \(list(own)), the training data \(list(labels)); rename the labels there to take them over, or "
                    + "remove the file to take the classes by their numbers")
        }
        return classes
    }

    /// - Parameter classes: rows of the head; nil: it has none.
    /// - Throws: `CheckpointError` for a file that is missing or names other labels.
    func verify(classes: Int?) throws(CheckpointError) {
        guard let names = try names() else { throw CheckpointError(path: path, problem: "is missing") }
        guard classes == nil || names.count == classes else { throw damage }
    }

    private func object() throws(CheckpointError) -> [String: SettingValue] {
        do throws(JSONInputError) {
            return try JSONInput.object(file: path)
        } catch {
            throw CheckpointError(
                path: error.place, problem: error.isMissing ? "is missing" : "is damaged: \(error.problem)")
        }
    }

    /// The labels' names, and how an adapter is loaded with them.
    static func files(_ labels: [String]) -> [FolderFile] {
        [
            FolderFile(json: labelTable(labels), as: name),
            FolderFile(readme(labels), as: "README.md", isDurable: false),
        ]
    }

    /// What labels.json says: both ways, as transformers' configurations have them.
    private static func labelTable(_ labels: [String]) -> SettingValue {
        let numbered = Array(labels.enumerated())
        let names = numbered.map { (String($0.offset), SettingValue.string($0.element)) }
        let numbers = numbered.map { ($0.element, SettingValue.int($0.offset)) }
        return .object([
            "id2label": .object(Dictionary(names) { first, _ in first }),
            "label2id": .object(Dictionary(numbers) { first, _ in first }),
        ])
    }

    /// How the adapter is loaded so that the model names its classes: PEFT takes them from the base's configuration alone.
    private static func readme(_ labels: [String]) -> String {
        """
        ---
        library_name: peft
        ---
        An adapter with its classification head, for \(labels.count) classes. \
        \(labels.contains { $0.contains(where: \.isNewline) } ? "Their names are in labels.json." : ClassNumbers.sentence(labels).capitalizedFirst + ".")
        All names are in `labels.json`; the model that is loaded knows them by these lines:

        ```python
        import json
        import os
        from peft import PeftConfig, PeftModel
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        adapter = "."  # this folder, from where these lines are run
        names = json.load(open(adapter + "/labels.json", encoding="utf-8"))
        id2label = {int(number): name for number, name in names["id2label"].items()}
        # The base model; where it is elsewhere, name its folder here, base = "/path/to/model".
        base = PeftConfig.from_pretrained(adapter).base_model_name_or_path
        folder, file = os.path.split(base) if base.endswith(".gguf") else (base, None)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, gguf_file=file, num_labels=len(id2label), id2label=id2label, label2id=names["label2id"])
        model = PeftModel.from_pretrained(model, adapter).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
        ```

        """
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
