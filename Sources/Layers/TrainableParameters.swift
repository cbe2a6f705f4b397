package import Tensors

/// All that is trained, in one run of memory, and its gradients in another of the same layout.
package final class TrainableParameters {
    package struct Entry: Sendable, Hashable {
        package let spec: ParameterSpec
        package let range: Range<Int>

        package var name: String { spec.name }
        package var shape: [Int] { spec.shape }
    }

    package let entries: [Entry]
    package let values: UnsafeMutableBufferPointer<Float>
    package let gradients: UnsafeMutableBufferPointer<Float>
    private let storage: (values: FloatStorage, gradients: FloatStorage)

    package var count: Int { values.count }
    /// Where the model's own tensors begin; the count of all where none is trained.
    package let baseStart: Int
    package var base: Floats { storage.values.base }
    package var gradientBase: Floats { storage.gradients.base }

    package init(_ layout: ParameterLayout) {
        entries = zip(layout.specs, layout.ranges).map { Entry(spec: $0, range: $1) }
        baseStart = layout.baseStart
        storage = (FloatStorage(count: layout.count), FloatStorage(count: layout.count))
        values = storage.values.values
        gradients = storage.gradients.values
    }

    /// Of so many parameters with their gradients, in bytes.
    package static func memory(count: Int) -> Int { 2 * FloatStorage.memory(count: count) }

    /// Each tensor starts as its ``ParameterSpec/Start`` says, with random numbers of its own.
    ///
    /// - Parameter checkpoint: gives a tensor that the base's files may have.
    package func start(
        seed: UInt64, checkpoint: (_ name: String, _ shape: [Int], _ take: (UnsafeBufferPointer<Float>) -> Void) throws -> Bool
    ) rethrows {
        for (number, entry) in entries.enumerated() {
            var start = entry.spec.start
            while case .checkpoint(let name, let otherwise) = start {
                let isThere = try checkpoint(name, entry.shape) { source in
                    for (target, value) in zip(entry.range, source) { values[target] = value }
                }
                if isThere { break }
                start = otherwise
            }
            var random = RandomSource(seed: RandomSource.derivedSeed(seed, UInt64(number)))
            switch start {
            case .zero, .checkpoint: break
            case .one: for i in entry.range { values[i] = 1 }
            case .uniform(let bound): for i in entry.range { values[i] = Float(bound * (2 * random.uniform() - 1)) }
            case .normal(let deviation): for i in entry.range { values[i] = Float(deviation * random.normal()) }
            }
        }
    }
}
