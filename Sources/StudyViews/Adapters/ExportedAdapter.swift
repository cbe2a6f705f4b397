import FoundationEssentials
package import TrainerSettings

/// An adapter's folder, as an export or another program has left it, or the folder of a whole model that an export wrote.
package struct ExportedAdapter: Sendable {
    package let path: String
    /// nil: it was not exported by a version that writes cards.
    package let card: ModelCard?
    /// What is wrong with it; nil: nothing is known to be.
    package let problem: String?
    /// Whether it is a model and no adapter.
    let isWhole: Bool
    /// Of all its files.
    package let bytes: Int
    let configuration: [String: SettingValue]

    private static let mark = "adapter_config.json"

    /// nil: the folder is no adapter's, and has no card.
    package init?(_ path: String) {
        self.path = path
        var problems: [String] = []
        isWhole = !FileManager.default.fileExists(atPath: path + "/" + Self.mark)
        do throws(JSONInputError) { card = try ModelCard(folder: path) } catch {
            card = nil
            problems.append("\(error)")
        }
        if isWhole, card == nil, problems.isEmpty { return nil }
        do throws(JSONInputError) { configuration = isWhole ? [:] : try JSONInput.object(file: path + "/" + Self.mark) } catch {
            configuration = [:]
            problems.append("\(error)")
        }
        bytes = Self.bytes(in: path) ?? 0
        problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// Of all files in a folder; nil: they cannot be listed.
    static func bytes(in folder: String) -> Int? {
        guard let files = try? FolderContents(of: folder, bounds: nil).files else { return nil }
        return files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + file)
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }

    package var baseModel: String? { configuration["base_model_name_or_path"]?.text ?? card?.baseModel }

    var form: String { isWhole ? "whole model" : "adapter" }

    package var json: SettingValue {
        .object([
            "path": .string(path), "form": .string(form), "bytes": .int(bytes), "base_model": .text(baseModel),
            "card": card.map { .object($0.values) } ?? .null, "problem": .text(problem),
        ])
    }
}

/// The adapters below a folder.
package struct AdapterRegistry: Sendable {
    package let adapters: [ExportedAdapter]

    /// Folders in one another that are looked into.
    private static let deepest = 4

    /// - Throws: ``StudyViewError`` where there is no such folder.
    package init(_ folder: String) throws(StudyViewError) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw StudyViewError("\(folder): there is no such folder; give one with exported adapters")
        }
        guard isFolder else { throw StudyViewError("\(folder): is a file; give a folder with exported adapters") }
        var found: [ExportedAdapter] = []
        Self.look(in: folder, depth: 0, &found)
        adapters = found.sorted { $0.path < $1.path }
    }

    private static func look(in folder: String, depth: Int, _ found: inout [ExportedAdapter]) {
        if let adapter = ExportedAdapter(folder) { return found.append(adapter) }
        guard depth < deepest else { return }
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() where !name.hasPrefix(".") {
            var isFolder = false
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else { continue }
            look(in: path, depth: depth + 1, &found)
        }
    }

    /// A line an adapter.
    package var text: String {
        let head = ["adapter", "form", "study", "trial", "value", "model", "size", "exported"]
        let rows =
            [head]
            + adapters.map { adapter in
                let card = adapter.card
                let value = card?.metric.flatMap { metric in card?.value.map { "\(metric.name) \(SettingValue.short($0))" } }
                return [
                    adapter.path.printable, adapter.form, card?.study?.printable.shortened(to: 40) ?? "-",
                    card?.trial.map(String.init) ?? "-",
                    value?.printable.shortened(to: 60) ?? "-", adapter.baseModel?.printable.shortened(to: 60) ?? "-",
                    ByteCount(bytes: adapter.bytes).rounded,
                    adapter.problem.map { "damaged: \($0.printable)" } ?? card?.text("exported")?.printable.shortened(to: 30)
                        ?? "no card: export it again to have one",
                ]
            }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { $0 == head.count - 1 ? $1 : $1.padded(widths[$0]) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    package var json: SettingValue { .array(adapters.map(\.json)) }
}
