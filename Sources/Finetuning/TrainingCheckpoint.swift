import Checkpoints
import FoundationEssentials
import Layers
import Tasks
import Tensors
import TrainerSettings

/// A trial in one file, from which it goes on as if it had never stopped; the one before it stays beside it until the next.
struct TrainingCheckpoint {
    let folder: String
    /// What must be the same when the trial goes on.
    let identity: TrainingIdentity
    let totalSteps: Int

    private var files: CheckpointFiles { CheckpointFiles(folder) }

    /// Replaces the newest file atomically; makes the folder when it is missing.
    ///
    /// - Parameter keepsPrevious: whether what is the newest now is worth to be the previous one from now on.
    func write(
        _ state: TrainingState, _ parameters: TrainableParameters, _ optimizer: Optimizer, keepsPrevious: Bool
    ) throws {
        try makeFolders(folder)
        AtomicFile.removeAbandoned(in: folder)
        let metadata = [
            "state": JSONWriter.text(try SettingValue(encoding: state), .cell),
            "settings": JSONWriter.text(.object(identity.settings), .cell), "data": identity.data,
            "numerics": identity.numericsText,
        ]
        let owners: [(values: UnsafeMutableBufferPointer<Float>, owner: AnyObject)] = [
            (parameters.values, parameters), (optimizer.first.values, optimizer.first),
            (optimizer.second.values, optimizer.second),
        ]
        let tensors = zip(CheckpointFiles.tensors, owners).map { name, part in
            SafetensorsWriter.Tensor(
                name: name, shape: [part.values.count], values: UnsafeBufferPointer(part.values), of: part.owner)
        }
        try files.write(tensors, metadata: metadata, keepsPrevious: keepsPrevious)
    }

    /// What a checkpoint was read from.
    enum Source {
        case newest
        /// The newest is damaged, or is missing.
        case previous(instead: any Error)
    }

    /// Fills the parameters and the optimizer from the newest file, or from the previous one where that is damaged.
    ///
    /// - Throws: `CheckpointError` or ``InputError`` when the newest is missing or damaged and the previous one is no better, or
    ///   when it is of another configuration or data.
    func read(into parameters: TrainableParameters, _ optimizer: Optimizer) throws -> (state: TrainingState, source: Source) {
        do {
            return (try read(files.newest, into: parameters, optimizer), .newest)
        } catch let damage as CheckpointError {
            guard let state = try? read(files.previous, into: parameters, optimizer) else {
                throw CheckpointError(path: damage.path, problem: damage.problem + "; start without it")
            }
            return (state, .previous(instead: damage))
        }
    }

    private func read(
        _ path: String, into parameters: TrainableParameters, _ optimizer: Optimizer
    ) throws -> TrainingState {
        let opened = try CheckpointFiles.open(path)
        func fail(_ problem: String) -> InputError { InputError(place: path, problem: problem) }
        let options = JSONDecoding(wordsAreNumbers: true)
        guard
            let state = opened.metadata["state"].flatMap({
                try? JSONInput.decode(TrainingState.self, from: Data($0.utf8), of: path, options)
            }),
            let settings = opened.metadata["settings"].flatMap({
                try? JSONInput.decode([String: SettingValue].self, from: Data($0.utf8), of: path, options)
            })
        else {
            throw CheckpointError(
                path: path, problem: "is damaged, or of another version: its state cannot be read")
        }
        if let difference = identity.difference(from: settings) { throw fail(difference) }
        if let difference = identity.difference(fromData: opened.metadata["data"]) { throw fail(difference) }
        if let difference = identity.difference(fromNumerics: opened.metadata["numerics"]) { throw fail(difference) }
        guard state.isPossible(totalSteps: totalSteps) else {
            throw CheckpointError(
                path: path, problem: "is damaged: its state is none that training comes to")
        }
        let tensors = try CheckpointFiles.tensors.map { try opened.tensor($0, shape: [parameters.count]) }
        for (tensor, target) in zip(tensors, [parameters.values, optimizer.first.values, optimizer.second.values]) {
            for (index, value) in tensor.values.enumerated() { target[index] = value }
        }
        return state
    }
}
