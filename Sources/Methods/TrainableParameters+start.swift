import Backbones
import Checkpoints
import Tensors

extension TrainableParameters {
    /// LoRA's start: A uniform within 1 / sqrt(inputs), B zero; the head as the checkpoint has it, else normal with bias zero.
    func initialise(_ weights: BertWeights, labelCount: Int, seed: UInt64) throws(CheckpointError) {
        for (number, entry) in entries.enumerated() {
            var random = RandomSource(seed: RandomSource.derivedSeed(seed, UInt64(number)))
            if entry.name.hasSuffix(".lora_A.weight") {
                let bound = 1 / Double(entry.shape[1]).squareRoot()
                for i in entry.range { values[i] = Float(bound * (2 * random.uniform() - 1)) }
            } else if entry.name == AdapterLayout.prefix + "classifier.weight" {
                let deviation = weights.configuration.initializerRange
                for i in entry.range { values[i] = Float(deviation * random.normal()) }
            }
        }
        for entry in entries.suffix(2) {
            let name = String(entry.name.dropFirst(AdapterLayout.prefix.count))
            guard let tensor = try weights.headTensor(name, shape: entry.shape) else { continue }
            for (target, value) in zip(entry.range, tensor.values) { values[target] = value }
        }
    }
}
