import Checkpoints

/// All tensors of a file, by name.
struct SafetensorsValues {
    let values: [String: [Float]]

    init(_ path: String) throws {
        let file = try SafetensorsFile(path: path)
        values = try Dictionary(uniqueKeysWithValues: file.entries.keys.map { ($0, Array(try file.tensor($0).values)) })
    }
}
