package import Checkpoints
import Layers
import Tensors
import TrainerSettings

/// The ranks that a trained LoRA adapter has and those that it can be cut to, told from its files alone, without training and without
/// the model.
package struct AdapterRanks {
    package let folder: AdapterFolder
    /// In their names' order, layer 2 before layer 10.
    package let modules: [ModuleSpectrum]
    package let path: RankPath
    /// Parameters that are the method's whatever the ranks: DoRA's lengths.
    package let fixedParameters: Int
    /// What the method has as it was trained.
    package let parameterCount: Int
    /// What is in the adapter besides: the head.
    package let headParameters: Int
    let configuration: [String: SettingValue]
    let method: LoRAConfiguration
    let tensors: SafetensorsFile

    /// - Parameter threads: that share the modules.
    /// - Throws: `CheckpointError` naming the file, and what is damaged or has no ranks.
    package init(_ folder: AdapterFolder, threads: Int = ComputeThreads.count) throws(CheckpointError) {
        guard let contents = try folder.verifyFiles(isOurs: false),
            let lora = try TuningMethods.method(of: folder) as? LoRAConfiguration
        else {
            throw CheckpointError(
                path: folder.configurationFile, problem: "is no LoRA adapter in PEFT's format: it has no ranks")
        }
        if let problem = LinearAlgebra.load() {
            throw CheckpointError(path: folder.path, problem: "OpenBLAS cannot be loaded for the singular values: \(problem)")
        }
        (self.folder, method, configuration, tensors) = (folder, lora, contents.configuration, contents.tensors)
        let sites = try Self.sites(tensors)
        if let problem = lora.refusal(of: configuration, at: sites) {
            throw CheckpointError(path: folder.configurationFile, problem: problem)
        }
        modules = try Self.spectra(of: sites, lora, tensors, threads)
        guard modules.contains(where: { $0.values.contains { $0 > 0 } }) else {
            throw CheckpointError(
                path: tensors.path,
                problem:
                    "its matrices B are zero, so it has no ranks to cut: it is fresh, or carries what finetuning_type head or bitfit trained"
            )
        }
        let all = tensors.entries.values.reduce(0) { $0 + $1.elementCount }
        parameterCount = tensors.entries.reduce(0) { $0 + (LoRAConfiguration.owns($1.key) ? $1.value.elementCount : 0) }
        headParameters = all - parameterCount
        fixedParameters = parameterCount - modules.reduce(0) { $0 + $1.rank * $1.cost }
        // A module of DoRA has lengths of its own, one whose bias was trained that: it is not the base's without a rank either.
        let isBare = !lora.isDecomposed && lora.bias == .none
        path = RankPath(modules, fixed: fixedParameters, least: isBare ? 0 : 1)
    }

    /// The adapted modules, as the tensors tell them.
    private static func sites(_ tensors: SafetensorsFile) throws(CheckpointError) -> [Site] {
        let (prefix, ending) = (ParameterSpec.fullName(""), LoRAConfiguration.endingOfA)
        var sites: [Site] = []
        for (name, entry) in tensors.entries where name.hasPrefix(prefix) && name.hasSuffix(ending) {
            let module = String(name.dropFirst(prefix.count).dropLast(ending.count))
            let other = try tensors.floats(prefix + module + LoRAConfiguration.endingOfB)
            guard entry.shape.count == 2, other.shape.count == 2 else {
                throw CheckpointError(path: tensors.path, problem: "'\(name)' is no matrix, which is not read here")
            }
            sites.append(
                Site(name: module, layer: nil, inputs: entry.shape[1], outputs: other.shape[0], order: 0, stream: 0))
        }
        let known = Set(
            sites.flatMap { [$0.name + ending, $0.name + LoRAConfiguration.endingOfB, $0.name + ".lora_magnitude_vector"] })
        if let other = tensors.entries.keys.filter({
            LoRAConfiguration.owns($0) && !known.contains(String($0.dropFirst(prefix.count)))
        })
        .min() {
            throw CheckpointError(path: tensors.path, problem: "'\(other)' has ranks that are not cut here")
        }
        guard !sites.isEmpty else { throw CheckpointError(path: tensors.path, problem: "holds no lora_A: it has no ranks") }
        return sites.sorted { $0.name.numbered.lexicographicallyPrecedes($1.name.numbered) }
    }

    private static func spectra(
        of sites: [Site], _ lora: LoRAConfiguration, _ tensors: SafetensorsFile, _ threads: Int
    ) throws(CheckpointError) -> [ModuleSpectrum] {
        var pairs: [(a: FloatTensor, b: FloatTensor)] = []
        for site in sites {
            let (a, b) = (LoRAConfiguration.nameOfA(site), LoRAConfiguration.nameOfB(site))
            pairs.append((try tensors.tensor(ParameterSpec.fullName(a)), try tensors.tensor(ParameterSpec.fullName(b))))
        }
        let (ranks, threads) = (SiteRanks(lora), min(threads, sites.count))
        var found = [ModuleSpectrum?](repeating: nil, count: sites.count)
        found.withUnsafeMutableBufferPointer { found in
            guard let spectra = found.baseAddress else { return }
            inParallel(threads) { thread in
                for number in stride(from: thread, to: sites.count, by: threads) {
                    let (site, pair) = (sites[number], pairs[number])
                    let rank = pair.a.shape[0]
                    let a = DenseMatrix(rows: rank, columns: site.inputs, values: pair.a.values.map { Double($0) })
                    var b = [Double](repeating: 0, count: rank * site.outputs)
                    for (place, value) in pair.b.values.enumerated() {
                        b[place % rank * site.outputs + place / rank] = Double(value)
                    }
                    spectra[number] = ModuleSpectrum(
                        site.name, a: a, b: DenseMatrix(rows: rank, columns: site.outputs, values: b),
                        scale: ranks.scale(of: site.name))
                }
            }
        }
        return try zip(sites, found).map { site, spectrum throws(CheckpointError) in
            guard let spectrum else {
                throw CheckpointError(path: tensors.path, problem: "no singular values of \(site.name) are found")
            }
            return spectrum
        }
    }
}

extension String {
    /// Its parts between dots, numbers before words and by their values.
    fileprivate var numbered: [NamePart] {
        split(separator: ".").map { part in Int(part).map(NamePart.number) ?? .word(String(part)) }
    }
}

private enum NamePart: Comparable {
    case number(Int)
    case word(String)
}
