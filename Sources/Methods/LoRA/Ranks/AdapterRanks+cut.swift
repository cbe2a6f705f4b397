import Checkpoints
import Layers
package import TrainerSettings

extension AdapterRanks {
    /// The method of the adapter that is cut to these ranks, in the modules' order: each module has one scale, and its rank by its whole
    /// name (with scale 1, the form of PEFT's convert_to_lora). A module of rank 0 has no adapter.
    package func method(cutTo ranks: [Int], scale: Double = 1) -> LoRAConfiguration {
        let kept = zip(modules, ranks).filter { $0.1 > 0 }.map { ($0.0.name, $0.1) }
        var cut = LoRAConfiguration(
            rank: 1, alpha: 1, dropout: method.dropout, targets: .names(kept.map(\.0)))
        cut.rankPattern = Dictionary(kept) { first, _ in first }
        cut.alphaPattern = cut.rankPattern.mapValues { scale * Double($0) }
        cut.isDecomposed = method.isDecomposed
        return cut
    }

    /// The settings by which an adapter with these ranks is trained: `target_modules`, `rank_pattern` and `alpha_pattern` by whole names.
    ///
    /// - Parameter continues: whether it starts from what ``write(cutTo:scale:to:)`` writes, whose scale is 1; else each module keeps its own.
    package func settings(of ranks: [Int], continues: Bool) -> [String: SettingValue] {
        let numbers = SiteRanks(method)
        let kept = zip(modules, ranks).filter { $0.1 > 0 }.map { ($0.0.name, $0.1) }
        func alpha(_ name: String, _ rank: Int) -> Double { (continues ? 1 : numbers.scale(of: name)) * Double(rank) }
        var settings: [String: SettingValue] = [
            "r": .int(1), "lora_alpha": .int(1), "target_modules": .array(kept.map { .string($0.0) }),
            "rank_pattern": .object(Dictionary(kept.map { ($0.0, .int($0.1)) }) { first, _ in first }),
            "alpha_pattern": .object(Dictionary(kept.map { ($0.0, .double(alpha($0.0, $0.1))) }) { first, _ in first }),
        ]
        if method.isDecomposed { settings["use_dora"] = .bool(true) }
        return settings
    }

    /// Writes the adapter cut to these ranks as a folder that PEFT loads, with whatever else the adapter has.
    ///
    /// - Parameter scale: of each module, by which B is divided.
    /// - Throws: an error naming the file that cannot be read or written.
    package func write(cutTo ranks: [Int], scale: Double = 1, to path: String) throws {
        guard ranks.contains(where: { $0 > 0 }) else {
            throw CheckpointError(
                path: path, problem: "cannot be made: no module is left a rank, and PEFT loads no adapter of none")
        }
        let cut = method(cutTo: ranks, scale: scale)
        var written: [SafetensorsWriter.Tensor] = []
        for (name, _) in tensors.entries where !isFactor(name) {
            let tensor = try tensors.tensor(name)
            written.append(.init(name: name, shape: tensor.shape, values: Array(tensor.values)))
        }
        var sites: [Site] = []
        for (module, rank) in zip(modules, ranks) where rank > 0 {
            let site = Site(
                name: module.name, layer: nil, inputs: module.inputs, outputs: module.outputs, order: 0, stream: 0)
            let (a, b) = module.factors(rank: rank, scale: scale)
            written.append(
                .init(name: ParameterSpec.fullName(LoRAConfiguration.nameOfA(site)), shape: [rank, site.inputs], values: a))
            written.append(
                .init(name: ParameterSpec.fullName(LoRAConfiguration.nameOfB(site)), shape: [site.outputs, rank], values: b))
            sites.append(site)
        }
        var values = configuration.merging(cut.ownPEFTValues(at: sites)) { $1 }
        // What the file says of biases is about tensors that are copied; modules and layers are named one by one.
        for name in ["bias", "fan_in_fan_out"] { values[name] = configuration[name] ?? values[name] }
        for name in ["layers_to_transform", "layers_pattern"] { values[name] = .null }
        values["exclude_modules"] = nil
        values["target_modules"] = .array(sites.map(\.name).sorted().map(SettingValue.string))
        try AdapterFolder(path).write(
            [(AdapterFiles.peft.adapter, written)], configuration: values, files: try others())
    }

    private func isFactor(_ tensor: String) -> Bool {
        [LoRAConfiguration.endingOfA, LoRAConfiguration.endingOfB].contains(where: tensor.hasSuffix)
    }

    /// What stands beside PEFT's files: the labels' names, the tokenizer, what its makers say of it.
    private func others() throws -> [FolderFile] {
        let own = [folder.configurationFile, folder.tensorFile]
        return try FolderName.all(in: folder.path).compactMap { entry in
            guard let name = entry.text, [".json", ".jinja", ".md", ".txt"].contains(where: name.hasSuffix) else { return nil }
            let path = folder.path + "/" + name
            return own.contains(path) ? nil : FolderFile(try TextFile.text(path), as: name)
        }
    }
}
