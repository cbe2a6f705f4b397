import Tensors

/// All that is trained, in one run of memory, and its gradients in another of the same layout.
package final class TrainableParameters {
    package struct Entry: Sendable, Hashable {
        /// As PEFT names it: "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight".
        package let name: String
        package let shape: [Int]
        package let range: Range<Int>
    }

    package let entries: [Entry]
    package let values: UnsafeMutableBufferPointer<Float>
    package let gradients: UnsafeMutableBufferPointer<Float>
    private let storage: (values: FloatStorage, gradients: FloatStorage)

    package var count: Int { values.count }
    var base: Floats { storage.values.base }
    var gradientBase: Floats { storage.gradients.base }

    init(_ shapes: [(name: String, shape: [Int])]) {
        var entries: [Entry] = []
        var end = 0
        for (name, shape) in shapes {
            let count = shape.reduce(1, *)
            entries.append(Entry(name: name, shape: shape, range: end..<end + count))
            end += count
        }
        self.entries = entries
        storage = (FloatStorage(count: end), FloatStorage(count: end))
        values = storage.values.values
        gradients = storage.gradients.values
    }
}
