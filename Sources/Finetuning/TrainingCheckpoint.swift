import Adapters
import Checkpoints
import FoundationEssentials
import Tensors
import TrainerSettings

/// A trial in one file, from which it goes on as if it had never stopped.
struct TrainingCheckpoint {
    let folder: String
    /// What must be the same when the trial goes on.
    let identity: TrainingIdentity
    let totalSteps: Int

    var file: String { folder + "/state.safetensors" }
    private static let format = "autolora-training-state-1"

    /// Replaces the file atomically; makes the folder when it is missing.
    func write(_ state: TrainingState, _ parameters: TrainableParameters, _ optimizer: Optimizer) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func tensor(_ name: String, _ values: UnsafeMutableBufferPointer<Float>) -> SafetensorsWriter.Tensor {
            .init(name: name, shape: [values.count], values: Array(values))
        }
        let metadata = [
            "format": Self.format, "state": try json(state), "settings": try json(identity.settings), "data": identity.data,
        ]
        try SafetensorsWriter.write(
            [
                tensor("parameters", parameters.values), tensor("first_moments", optimizer.first.values),
                tensor("second_moments", optimizer.second.values),
            ], metadata: metadata, to: file)
    }

    /// Fills the parameters and the optimiser.
    ///
    /// - Throws: `CheckpointError` or ``InputError`` when the file is missing, damaged, or of another configuration or data.
    func read(into parameters: TrainableParameters, _ optimizer: Optimizer) throws -> TrainingState {
        let opened = try SafetensorsFile(path: file)
        func fail(_ problem: String) -> InputError { InputError(place: file, problem: problem) }
        guard opened.metadata["format"] == Self.format else { throw fail("is no checkpoint of a training run") }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let state = opened.metadata["state"].flatMap({ try? decoder.decode(TrainingState.self, from: Data($0.utf8)) }),
            let settings = opened.metadata["settings"].flatMap({
                try? decoder.decode([String: SettingValue].self, from: Data($0.utf8))
            })
        else { throw fail("is damaged, or of another version: its state cannot be read; start without it") }
        if let difference = identity.difference(from: settings) { throw fail(difference) }
        guard opened.metadata["data"] == identity.data else {
            throw fail("was made with other training or validation data, or another vocabulary")
        }
        guard state.isPossible(totalSteps: totalSteps) else {
            throw fail("is damaged: its state is none that training comes to; start without it")
        }
        for (name, target) in [
            ("parameters", parameters.values), ("first_moments", optimizer.first.values),
            ("second_moments", optimizer.second.values),
        ] {
            let tensor = try opened.tensor(name, shape: [parameters.count])
            for (index, value) in tensor.values.enumerated() { target[index] = value }
        }
        return state
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
