import FoundationEssentials
package import Tensors
import TrainerSettings

/// A model folder's weights: model.safetensors, or the shards that model.safetensors.index.json names.
package struct WeightFiles: WeightSource {
    package let path: String
    package let identity: String?
    private let files: [SafetensorsFile]
    /// By tensor, which of the files has it.
    private let places: [String: Int]

    /// - Throws: `CheckpointError` naming the file that is missing or damaged, and what else the folder has.
    package init(modelFolder folder: String) throws(CheckpointError) {
        let single = folder + "/model.safetensors"
        let index = single + ".index.json"
        if Self.isThere(single) {
            let before = FileIdentity(path: single)
            let file = try SafetensorsFile(path: single)
            path = single
            files = [file]
            places = file.entries.mapValues { _ in 0 }
            identity = before == FileIdentity(path: single) ? before.map { "\($0)" } : nil
        } else if Self.isThere(index) {
            let shards = try ShardIndex(file: index)
            let paths = [index] + shards.names.map { folder + "/" + $0 }
            let before = paths.map { FileIdentity(path: $0) }
            path = index
            files = try shards.open(in: folder)
            places = shards.places
            let after = paths.map { FileIdentity(path: $0) }
            identity =
                before == after && !before.contains(nil)
                ? before.compactMap { $0.map { "\($0)" } }.joined(separator: "; ") : nil
        } else {
            throw MissingWeights(in: folder).error
        }
    }

    /// Also a link that leads nowhere.
    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
            || (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    package var names: [String] { places.keys.sorted() }

    package var title: String {
        let name = files.first?.path.split(separator: "/").last.map(String.init) ?? ""
        return files.count == 1 ? name : "\(files.count) files"
    }

    package func contains(_ name: String) -> Bool { places[name] != nil }

    package func releasePages() {
        for file in files { file.releasePages() }
    }

    /// The tensor as 32-bit floats (``SafetensorsFile/tensor(_:shape:)``).
    package func tensor(_ name: String, shape: [Int]?) throws(CheckpointError) -> FloatTensor {
        try file(of: name).tensor(name, shape: shape)
    }

    @discardableResult package func entry(_ name: String, shape: [Int]?) throws(CheckpointError) -> WeightEntry {
        let file = try file(of: name)
        let entry = try file.floats(name, shape: shape)
        return WeightEntry(
            shape: entry.shape, typeName: entry.typeName, byteCount: entry.range.count, isInPlace: file.isInPlace(entry))
    }

    package func blocks(_ name: String, shape: [Int]?) throws(CheckpointError) -> BlockMatrix {
        try file(of: name).blocks(name, shape: shape)
    }

    private func file(of name: String) throws(CheckpointError) -> SafetensorsFile {
        guard let place = places[name] else { throw CheckpointError(path: path, problem: "tensor '\(name)' is missing") }
        return files[place]
    }
}

/// What model.safetensors.index.json says: which shard has which tensor.
struct ShardIndex {
    let path: String
    /// Of the shards, each once.
    let names: [String]
    let places: [String: Int]

    /// - Throws: `CheckpointError` for a file that is damaged or names something outside its folder.
    init(file path: String) throws(CheckpointError) {
        let file: File
        do throws(JSONInputError) {
            file = try JSONInput.read(File.self, file: path)
        } catch {
            throw CheckpointError(path: error.place, problem: error.problem)
        }
        guard !file.weight_map.isEmpty else { throw CheckpointError(path: path, problem: "its weight_map names no tensors") }
        let names = Set(file.weight_map.values).sorted()
        for name in names where name.isEmpty || name.contains("/") || name.contains("\0") || name == ".." || name == "." {
            throw CheckpointError(
                path: path, problem: "names the file '\(name)', expected files in its own folder, without '/'")
        }
        self.path = path
        self.names = names
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, 0...))
        places = file.weight_map.compactMapValues { numbers[$0] }
    }

    /// - Throws: `CheckpointError` for a shard that is missing, damaged, or lacks a tensor that it should have.
    func open(in folder: String) throws(CheckpointError) -> [SafetensorsFile] {
        var files: [SafetensorsFile] = []
        for name in names {
            let file = folder + "/" + name
            guard FileManager.default.fileExists(atPath: file) else {
                throw CheckpointError(path: file, problem: "there is no such file, and model.safetensors.index.json names it")
            }
            files.append(try SafetensorsFile(path: file))
        }
        for (tensor, place) in places.sorted(by: { $0.key < $1.key }) where !files[place].contains(tensor) {
            throw CheckpointError(
                path: files[place].path,
                problem: "tensor '\(tensor)' is missing, and model.safetensors.index.json says that it is in this file")
        }
        return files
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct File: Decodable {
        var weight_map: [String: String]
    }
}
