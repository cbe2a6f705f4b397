package import Checkpoints
import FoundationEssentials
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

    private struct Part {
        let rank: Int
        let scale: Double
        let weight: Double
        let a: [Float]
        let b: [Float]
    }

    private let kind: Kind
    private let density: Double
    private let first: AdapterFolder
    private var configuration: [String: SettingValue] = [:]
    /// By module, of each adapter that has it.
    private var parts: [String: [Part]] = [:]
    /// The rank of the whole.
    package private(set) var rank = 0

    /// - Parameters:
    ///   - weights: one for each adapter.
    ///   - density: the share of numbers that `ties` keeps.
    /// - Throws: `CheckpointError` naming the adapter that cannot be mixed, and why.
    package init(
        _ folders: [AdapterFolder], weights: [Double], kind: Kind, density: Double = 0.5
    ) throws(CheckpointError) {
        precondition(!folders.isEmpty && folders.count == weights.count)
        (self.kind, self.density, first) = (kind, density, folders[0])
        var ranks: [Int] = []
        for (folder, weight) in zip(folders, weights) {
            let (lora, contents) = try Self.read(folder)
            let base = contents.configuration["base_model_name_or_path"]
            if configuration.isEmpty { configuration = contents.configuration }
            if base != configuration["base_model_name_or_path"] {
                throw CheckpointError(
                    path: folder.configurationFile,
                    problem: "its base is \(base ?? .null), and that of \(folders[0].path) is "
                        + "\(configuration["base_model_name_or_path"] ?? .null): adapters of one model alone can be one")
            }
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

    // MARK: - The sums

    /// A [rank, inputs] and B [outputs, rank] of a module.
    private func sum(_ parts: [Part]) -> (rank: Int, a: [Float], b: [Float]) {
        switch kind {
        case .cat, .svd: sideBySide(parts)
        case .linear: together(parts) { matrices, weights in Self.added(matrices, weights) }
        case .ties: together(parts) { matrices, weights in elected(matrices, weights) }
        }
    }

    private func sideBySide(_ parts: [Part]) -> (rank: Int, a: [Float], b: [Float]) {
        let rank = parts.reduce(0) { $0 + $1.rank }
        let outputs = parts[0].b.count / parts[0].rank
        var (a, b, column) = ([Float](), [Float](repeating: 0, count: outputs * rank), 0)
        for part in parts {
            a += part.a.map { $0 * Float(part.weight * part.scale) }
            for row in 0..<outputs {
                for k in 0..<part.rank { b[row * rank + column + k] = part.b[row * part.rank + k] }
            }
            column += part.rank
        }
        return (rank, a, b)
    }

    /// By the roots of the weights times the scales, whose signs are the A's.
    private func together(
        _ parts: [Part], _ combine: ([[Float]], [Double]) -> [Float]
    ) -> (rank: Int, a: [Float], b: [Float]) {
        let factors = parts.map { $0.weight * $0.scale }
        let roots = factors.map { abs($0).squareRoot() }
        let a = combine(parts.map(\.a), zip(factors, roots).map { $0 >= 0 ? $1 : -$1 })
        return (parts[0].rank, a, combine(parts.map(\.b), roots))
    }

    private static func added(_ matrices: [[Float]], _ weights: [Double]) -> [Float] {
        var sum = [Float](repeating: 0, count: matrices[0].count)
        for (matrix, weight) in zip(matrices, weights) {
            for index in sum.indices { sum[index] += matrix[index] * Float(weight) }
        }
        return sum
    }

    private func elected(_ matrices: [[Float]], _ weights: [Double]) -> [Float] {
        let pruned = matrices.map(pruned)
        return pruned[0].indices.map { index in
            let isPositive = pruned.reduce(0) { $0 + $1[index] } >= 0
            var (sum, count): (Float, Float) = (0, 0)
            for (matrix, weight) in zip(pruned, weights) where isPositive ? matrix[index] > 0 : matrix[index] < 0 {
                sum += matrix[index] * Float(weight)
                count += 1
            }
            return sum / max(count, 1)
        }
    }

    /// The largest numbers, the others 0.
    private func pruned(_ matrix: [Float]) -> [Float] {
        let count = Int(density * Double(matrix.count))
        guard count < matrix.count else { return matrix }
        var kept = [Float](repeating: 0, count: matrix.count)
        for index in matrix.indices.sorted(by: { (abs(matrix[$0]), $1) > (abs(matrix[$1]), $0) }).prefix(count) {
            kept[index] = matrix[index]
        }
        return kept
    }

    // MARK: - The adapter

    /// Writes the whole as a folder that PEFT loads: of `svd` still with all ranks (``AdapterRanks/write(cutTo:scale:to:)`` cuts them).
    ///
    /// - Throws: `CheckpointError` naming the file that cannot be written.
    package func write(to path: String) throws {
        var tensors: [SafetensorsWriter.Tensor] = []
        var ranks: [String: SettingValue] = [:]
        for (module, own) in parts {
            let (rank, a, b) = sum(own)
            let name = ParameterSpec.fullName(module)
            tensors.append(.init(name: name + LoRAConfiguration.endingOfA, shape: [rank, a.count / rank], values: a))
            tensors.append(.init(name: name + LoRAConfiguration.endingOfB, shape: [b.count / rank, rank], values: b))
            if rank != self.rank { ranks[module] = .int(rank) }
        }
        let own: [String: SettingValue] = [
            "r": .int(rank), "lora_alpha": .int(rank), "rank_pattern": .object(ranks), "alpha_pattern": .object(ranks),
            "use_rslora": .bool(false), "use_dora": .bool(false), "init_lora_weights": .bool(true), "bias": .string("none"),
            "layers_to_transform": .null, "layers_pattern": .null, "modules_to_save": .null,
            "target_modules": .array(parts.keys.sorted().map(SettingValue.string)),
        ]
        var values = configuration.merging(own) { $1 }
        values["exclude_modules"] = nil
        try AdapterFolder(path).write([(AdapterFiles.peft.adapter, tensors)], configuration: values, files: [])
    }
}
