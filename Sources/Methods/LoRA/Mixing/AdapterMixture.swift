package import Checkpoints
import FoundationEssentials
import Glibc
import Layers
import TrainerSettings

/// Several LoRA adapters of one model as one, as PEFT's `add_weighted_adapter` makes it. The result is plain LoRA of scale 1.
package struct AdapterMixture {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The A's and the B's are added, each by the root of its weight: cheap, and rough.
        case linear
        /// The ranks lie side by side: exactly the sum, with all ranks together.
        case cat
        /// The sum, cut to one rank by its singular values.
        case svd
        /// Of each adapter's A and B the largest numbers; where signs differ those of the majority (Yadav et al. 2023).
        case ties
    }

    struct Part {
        let rank: Int
        let scale: Double
        let weight: Double
        let a: [Float]
        let b: [Float]
    }

    let kind: Kind
    let density: Double
    private let first: AdapterFolder
    private var configuration: [String: SettingValue] = [:]
    /// By module, of each adapter that has it.
    private var parts: [String: [Part]] = [:]
    /// The rank of the whole.
    package private(set) var rank = 0

    /// - Parameters:
    ///   - weights: one for each adapter.
    ///   - density: the share of numbers that `ties` keeps.
    ///   - base: the model that all of them are of; nil: the one that they name.
    /// - Throws: `CheckpointError` naming the adapter that cannot be mixed, and why.
    package init(
        _ folders: [AdapterFolder], weights: [Double], kind: Kind, density: Double = 0.5, base: String? = nil
    ) throws(CheckpointError) {
        precondition(!folders.isEmpty && folders.count == weights.count)
        (self.kind, self.density, first) = (kind, density, folders[0])
        var ranks: [Int] = []
        for (folder, weight) in zip(folders, weights) {
            let (lora, contents) = try Self.read(folder)
            if configuration.isEmpty { configuration = contents.configuration }
            try require(base.map(SettingValue.string) ?? contents.configuration[Self.baseKey] ?? .null, of: folder)
            ranks.append(max(lora.rank, lora.rankPattern.values.max() ?? 0))
            try add(lora, contents.tensors, weight)
        }
        if kind == .linear || kind == .ties, let other = zip(folders, ranks).first(where: { $1 != ranks[0] }) {
            throw CheckpointError(
                path: other.0.configurationFile,
                problem:
                    "its rank is \(other.1), and that of \(folders[0].path) is \(ranks[0]): \(kind.rawValue) adds matrices of one "
                    + "size; take --kind svd or cat")
        }
        rank = kind == .cat || kind == .svd ? ranks.reduce(0, +) : ranks[0]
    }

    private static let baseKey = "base_model_name_or_path"

    package var base: String? { configuration[Self.baseKey]?.text }

    /// One folder may have several names: then its own is taken.
    private mutating func require(_ base: SettingValue, of folder: AdapterFolder) throws(CheckpointError) {
        func place(_ name: SettingValue) -> String? {
            guard let real = name.text.flatMap({ realpath($0, nil) }) else { return nil }
            defer { free(real) }
            return String(cString: real)
        }
        let known = configuration[Self.baseKey] ?? .null
        guard folder != first || base != known else { return }
        let own = place(base)
        guard folder == first || base == known || own != nil && own == place(known) else {
            throw CheckpointError(
                path: folder.configurationFile,
                problem: "its base is \(base), and that of \(first.path) is \(known): adapters of one model alone can be one; "
                    + "where both are one, give it by --model")
        }
        if base != known { configuration[Self.baseKey] = own.map(SettingValue.string) ?? base }
    }

    private static func read(
        _ folder: AdapterFolder
    ) throws(CheckpointError) -> (LoRAConfiguration, AdapterFolder.Contents) {
        guard let contents = try folder.verifyFiles(isOurs: false),
            let lora = try TuningMethods.method(of: folder) as? LoRAConfiguration
        else { throw CheckpointError(path: folder.configurationFile, problem: "is no LoRA adapter in PEFT's format") }
        if lora.isDecomposed {
            throw CheckpointError(
                path: folder.configurationFile,
                problem: "use_dora is true: rows that have lengths of their own are no sum with others; merge it into its base")
        }
        let other = contents.tensors.entries.keys.filter {
            ![LoRAConfiguration.endingOfA, LoRAConfiguration.endingOfB].contains(where: $0.hasSuffix)
        }.min()
        if let other {
            throw CheckpointError(
                path: folder.tensorFile,
                problem:
                    "has '\(other)', a head or a tensor of the model that was trained whole: of several there is no sum that means "
                    + "anything")
        }
        return (lora, contents)
    }

    private mutating func add(
        _ lora: LoRAConfiguration, _ tensors: SafetensorsFile, _ weight: Double
    ) throws(CheckpointError) {
        let (prefix, numbers) = (ParameterSpec.fullName(""), SiteRanks(lora))
        for (name, entry) in tensors.entries where name.hasSuffix(LoRAConfiguration.endingOfA) {
            let module = String(name.dropFirst(prefix.count).dropLast(LoRAConfiguration.endingOfA.count))
            let (a, b) = (try tensors.tensor(name), try tensors.tensor(prefix + module + LoRAConfiguration.endingOfB))
            let part = Part(
                rank: entry.shape[0], scale: numbers.scale(of: module), weight: weight, a: Array(a.values), b: Array(b.values))
            if let known = parts[module]?.first, known.a.count / known.rank != part.a.count / part.rank {
                throw CheckpointError(path: tensors.path, problem: "'\(name)' has another size than the first adapter's")
            }
            parts[module, default: []].append(part)
        }
    }

    /// Writes the whole as a folder that PEFT loads: of `svd` still with all ranks (``AdapterRanks/write(cutTo:scale:to:)`` cuts them).
    ///
    /// - Parameter files: what stands beside it.
    /// - Throws: `CheckpointError` naming the file that cannot be written, or the weights where their sum is too large or nothing.
    package func write(to path: String, files: [FolderFile] = []) throws {
        var tensors: [SafetensorsWriter.Tensor] = []
        var ranks: [String: SettingValue] = [:]
        var (left, added) = (0.0, 0.0)
        for (module, own) in parts {
            let (rank, a, b) = sum(own)
            guard a.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else {
                throw CheckpointError(
                    path: "--weights", problem: "the sum has numbers beyond those of 32 bits; take smaller weights")
            }
            left += Self.response(rank, a, b)
            for part in own { added += abs(part.weight * part.scale) * Self.response(part.rank, part.a, part.b) }
            let name = ParameterSpec.fullName(module)
            tensors.append(.init(name: name + LoRAConfiguration.endingOfA, shape: [rank, a.count / rank], values: a))
            tensors.append(.init(name: name + LoRAConfiguration.endingOfB, shape: [b.count / rank, rank], values: b))
            if rank != self.rank { ranks[module] = .int(rank) }
        }
        // What rounding leaves of two that cancel out is far below.
        guard left > 1e-20 * added else {
            throw CheckpointError(
                path: "--weights",
                problem:
                    "the sum is an adapter that does nothing: the weights are 0, or what they weigh cancels out; take others")
        }
        let own: [String: SettingValue] = [
            "r": .int(rank), "lora_alpha": .int(rank), "rank_pattern": .object(ranks), "alpha_pattern": .object(ranks),
            "use_rslora": .bool(false), "use_dora": .bool(false), "init_lora_weights": .bool(true), "bias": .string("none"),
            "layers_to_transform": .null, "layers_pattern": .null, "modules_to_save": .null,
            "target_modules": .array(parts.keys.sorted().map(SettingValue.string)),
        ]
        var values = configuration.merging(own) { $1 }
        values["exclude_modules"] = nil
        try AdapterFolder(path).write([(AdapterFiles.peft.adapter, tensors)], configuration: values, files: files)
    }
}
