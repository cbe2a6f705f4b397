import Backbones
import Layers
import Methods
import Tasks
import Tensors
package import TrainerSettings

/// How much each module's weight matters for a task, by the gradients of the first batches, before anything is trained: the mean of |W G|,
/// entry by entry (GoRA, He et al. 2025), with G the mean gradient.
package struct RankProbe: Sendable {
    package struct Module: Sendable, Hashable {
        package let name: String
        /// nil: it is outside of the layers.
        package let layer: Int?
        package let inputs: Int
        package let outputs: Int
        /// The mean of |W G|.
        package let importance: Double
        /// |G|^2
        package let squaredGradient: Double

        package var cost: Int { inputs + outputs }
    }

    /// In the order of computation.
    package let modules: [Module]
    /// Batches that the gradients are of.
    package let batches: Int

    /// nil when it was interrupted.
    ///
    /// - Parameters:
    ///   - settings: say which modules, on what model and which data; the batches are the first that such a trial trains on.
    ///   - warn: gets a line where the cache fails.
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package init?(
        _ settings: TrainerSettings, cacheFolder: String? = nil, warn: @escaping (String) -> Void = { _ in },
        isInterrupted: () -> Bool = { false }
    ) throws {
        guard
            let first = try FirstBatches(
                of: settings, by: WeightGradients(settings), cacheFolder: cacheFolder, warn: warn, isInterrupted: isInterrupted)
        else { return nil }
        batches = first.count
        modules = try Self.modules(first)
    }

    private static func modules(_ first: FirstBatches) throws -> [Module] {
        let (model, share) = (first.model, 1 / Float(first.count))
        let ranges = Dictionary(model.parameters.entries.map { ($0.name, $0.range) }) { first, _ in first }
        return try model.sites.map { site in
            let start = ranges[ParameterSpec.fullName(WeightGradients.name(site))]?.lowerBound ?? 0
            let (weight, row) = (try first.weights.layer(site).weight, FloatStorage(count: site.inputs))
            var (sum, squares) = (0.0, 0.0)
            for output in 0..<site.outputs {
                weight.read(output..<output + 1, into: row.base)
                let gradients = first.sum.base + start + output * site.inputs
                for input in 0..<site.inputs {
                    let gradient = share * gradients[input]
                    sum += Double(abs(row.base[input] * gradient))
                    squares += Double(gradient * gradient)
                }
            }
            // What was read of the files would count as the trial's.
            first.weights.releasePages()
            guard sum.isFinite, squares.isFinite else {
                throw InputError(
                    place: "rank_allocation",
                    problem:
                        "probe: the gradients of \(site.name) over the first \(first.count) batches are no finite numbers, so no ranks "
                        + "follow; look at the model's weights, or take rank_allocation: uniform")
            }
            return Module(
                name: site.name, layer: site.layer, inputs: site.inputs, outputs: site.outputs,
                importance: sum / Double(site.inputs * site.outputs), squaredGradient: squares)
        }
    }

    /// Ranks in proportion to the modules' importance that come to at most so many parameters of adapters, in the modules' order. Each has a
    /// rank of at least 1; where so many parameters do not reach for that, those that matter most for their size have one.
    package func ranks(within parameters: Int) -> [Int] {
        let total = modules.reduce(0) { $0 + $1.importance }
        func ranks(_ factor: Double) -> [Int] {
            modules.map { module in
                let wanted = total > 0 ? factor * module.importance / total : factor / Double(modules.count)
                return min(max(1, Int(min(wanted, 1e6).rounded())), min(module.inputs, module.outputs))
            }
        }
        func cost(_ ranks: [Int]) -> Int { zip(modules, ranks).reduce(0) { $0 + $1.0.cost * $1.1 } }
        guard cost(ranks(0)) <= parameters else { return fewest(parameters) }
        var (low, high) = (0.0, 2 * Double(parameters))
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if cost(ranks(middle)) <= parameters { low = middle } else { high = middle }
        }
        return ranks(low)
    }

    private func fewest(_ parameters: Int) -> [Int] {
        var (ranks, left) = ([Int](repeating: 0, count: modules.count), parameters)
        let order = modules.indices.sorted {
            let (a, b) = (modules[$0].importance / Double(modules[$0].cost), modules[$1].importance / Double(modules[$1].cost))
            return (b, $0) < (a, $1)
        }
        for place in order where modules[place].cost <= left {
            ranks[place] = 1
            left -= modules[place].cost
        }
        return ranks
    }

    /// Of each layer the squared norm of its modules' gradients, by the layers' numbers.
    package var layers: [(layer: Int, squaredGradient: Double)] {
        Dictionary(grouping: modules.filter { $0.layer != nil }) { $0.layer ?? 0 }
            .map { ($0.key, $0.value.reduce(0) { $0 + $1.squaredGradient }) }.sorted { $0.layer < $1.layer }
    }
}
