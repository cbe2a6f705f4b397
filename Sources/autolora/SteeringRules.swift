import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import Trainers

/// What requests are held to.
enum SteeringRules {
    /// For a study that nobody runs: its space, and what its trainer says of a configuration before a launch.
    ///
    /// - Throws: what reading the space file and looking at the model and the data throw.
    static func of(_ store: StudyStore) throws -> RequestRules {
        let record = try store.study()
        guard !record.isImported else { return RequestRules(nil) }
        var file = try store.spaceFile(of: record)
        _ = try file.locate(besides: [record.folder])
        var specification = file.specification
        (specification.name, specification.seed) = (record.name, record.seed)
        specification.metric = record.metric(as: specification.metric)
        (specification.runCap, specification.workers) = (record.runCap, max(1, record.workers))
        return RequestRules(specification, isFeasible: try specification.preflight(file).isFeasible)
    }
}
