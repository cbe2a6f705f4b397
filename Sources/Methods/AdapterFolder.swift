package import Backbones
package import Checkpoints
import FoundationEssentials
import Glibc
package import Layers
package import TrainerSettings

/// A folder in PEFT's format: adapter_config.json, adapter_model.safetensors, and what a task puts beside them; or that of a whole model.
package struct AdapterFolder: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case adapter, model }

    package let path: String
    package let kind: Kind

    package init(_ path: String, kind: Kind = .adapter) { (self.path, self.kind) = (path, kind) }

    private var configurationName: String { kind == .adapter ? "adapter_config.json" : "config.json" }
    package var configurationFile: String { path + "/" + configurationName }
    /// AdapterHub's where that is there and PEFT's is not.
    package var tensorFile: String {
        guard kind == .adapter else { return path + "/" + AdapterFiles.model.adapter }
        let (peft, hub) = (path + "/" + AdapterFiles.peft.adapter, path + "/" + AdapterFiles.adapterHub.adapter)
        let files = FileManager.default
        return files.fileExists(atPath: hub) && !files.fileExists(atPath: peft) ? hub : peft
    }

    /// Where the head's tensors stand, if not with the others.
    package var headFile: String? {
        guard tensorFile.hasSuffix("/" + AdapterFiles.adapterHub.adapter), let head = AdapterFiles.adapterHub.head,
            FileManager.default.fileExists(atPath: path + "/" + head)
        else { return nil }
        return path + "/" + head
    }

    /// Of the tensors' file, as PEFT writes it; ours has its seal besides.
    package static let metadata = ["format": "pt"]

    /// Writes all files, each atomically, and a folder that is not there yet with all of them at once.
    ///
    /// - Parameters:
    ///   - parts: the tensors' files, with what stands in each.
    ///   - files: what a task puts beside them.
    package func write(
        _ parts: [(name: String, tensors: [SafetensorsWriter.Tensor])], configuration: [String: SettingValue],
        files: [FolderFile]
    ) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            return try writeFiles(parts, configuration: configuration, files: files)
        }
        let draft = AdapterFolder(Unfinished.draft(for: path), kind: kind)
        defer { Unfinished.remove(draft.path) }
        do throws(AtomicFileError) { try makeFolders(draft.path) } catch {
            throw CheckpointError(path: path, problem: error.problem)
        }
        try draft.writeFiles(parts, configuration: configuration, files: files)
        guard rename(draft.path, path) == 0 else {
            throw CheckpointError(path: path, problem: "cannot be made: \(String(cString: strerror(errno)))")
        }
        AtomicFile.syncFolder(of: path)
    }

    private func writeFiles(
        _ parts: [(name: String, tensors: [SafetensorsWriter.Tensor])], configuration: [String: SettingValue],
        files: [FolderFile]
    ) throws {
        AtomicFile.removeAbandoned(in: path)
        for (name, tensors) in parts {
            try SafetensorsWriter.write(
                tensors, metadata: TensorSeal.seal(Self.metadata, of: tensors), to: path + "/" + name)
        }
        // AdapterHub takes a scale of 1 for no number, and 1.0 for one.
        let style = parts.first?.name == AdapterFiles.adapterHub.adapter ? JSONStyle.file : .adapter
        try FolderFile(json: .object(configuration), as: configurationName, style: style).write(in: path)
        for file in files { try file.write(in: path) }
        removeOthers(than: Set(parts.map(\.name) + files.map(\.name)))
    }

    /// An adapter of another kind that was here before would be read in place of this one.
    private func removeOthers(than written: Set<String>) {
        guard kind == .adapter else { return }
        let names =
            [AdapterFiles.peft, .adapterHub].flatMap { [$0.adapter, $0.head].compactMap(\.self) } + ["head_config.json"]
        for name in names where !written.contains(name) { try? FileManager.default.removeItem(atPath: path + "/" + name) }
    }
}

extension AdapterFolder {
    /// The tensors' file of an adapter whose files are whole, which has each of these tensors and no other of the method's.
    ///
    /// - Throws: `CheckpointError` naming the file and what does not fit the method.
    package func tensors(
        _ specs: [ParameterSpec], of method: any TuningMethod, at sites: [Site], on model: any BackboneConfiguration
    ) throws -> AdapterTensors {
        try check(method, sites)
        let file = try AdapterTensors(self)
        for spec in specs { try file.floats(method.fileName(spec.name, on: model), shape: spec.shape) }
        let known = Set(specs.map { method.fileName($0.name, on: model) })
        if let name = file.names.filter({ type(of: method).owns($0) && !known.contains($0) }).min() {
            throw CheckpointError(path: tensorFile, problem: "'\(name)' is of a module that the configuration does not adapt")
        }
        if let name = file.names.filter({ !known.contains($0) && !Self.isCopy($0) }).min() {
            throw CheckpointError(
                path: tensorFile,
                problem:
                    "'\(name)' is a tensor of the model that was trained too; give bias and modules_to_save as its adapter_config.json has them"
            )
        }
        try verifyFiles(isOurs: false)
        return file
    }

    /// With `bias: all` PEFT writes the head's bias under two more names, that of the start and the trained one's own.
    private static func isCopy(_ tensor: String) -> Bool {
        tensor.contains(".original_module.") || tensor.contains(".modules_to_save.")
    }

    private func check(_ method: any TuningMethod, _ sites: [Site]) throws {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: configurationFile, problem: problem) }
        let values: [String: SettingValue]
        do throws(JSONInputError) {
            values = try JSONInput.object(file: configurationFile)
        } catch {
            let hint = error.isMissing ? "; an adapter's folder has an adapter_config.json" : ""
            throw CheckpointError(path: error.place, problem: error.problem + hint)
        }
        let type = type(of: method).peftType
        guard Self.kind(in: values).text == type else { throw fail("peft_type is not \(type)") }
        if let problem = method.refusal(of: values, at: sites) { throw fail(problem) }
        if headFile != nil, let head = AdapterHubHead(adapterFolder: path), let problem = head.refusal {
            throw CheckpointError(path: head.file, problem: problem)
        }
    }
}
