package import Tensors

/// A model's tensors under Hugging Face's names, whatever files they lie in. All are frozen; nothing is read before it is asked for.
///
/// What is missing, of another shape or of a type that is not read is a `CheckpointError` that names the file and the tensor.
package protocol WeightSource {
    /// The file that is to blame where a tensor is nowhere.
    var path: String { get }
    /// The files, for people.
    var title: String { get }
    /// Which state of which files this is; nil where one changed while it was opened.
    var identity: String? { get }
    /// Sorted.
    var names: [String] { get }

    func contains(_ name: String) -> Bool
    /// What the files say of a tensor, which is checked as ``tensor(_:shape:)`` does and not read.
    @discardableResult func entry(_ name: String, shape: [Int]?) throws(CheckpointError) -> WeightEntry
    /// The tensor as 32-bit floats.
    func tensor(_ name: String, shape: [Int]?) throws(CheckpointError) -> FloatTensor
    /// The tensor as it lies in the file: its last dimension are the columns, and a vector is one row.
    func blocks(_ name: String, shape: [Int]?) throws(CheckpointError) -> BlockMatrix
    /// Gives back the memory of what was read; the tensors stay readable.
    func releasePages()
}

extension WeightSource {
    @discardableResult package func entry(_ name: String) throws(CheckpointError) -> WeightEntry {
        try entry(name, shape: nil)
    }

    package func tensor(_ name: String) throws(CheckpointError) -> FloatTensor { try tensor(name, shape: nil) }
    package func blocks(_ name: String) throws(CheckpointError) -> BlockMatrix { try blocks(name, shape: nil) }

    /// Whether some matrix of the model is quantised.
    package var hasQuantized: Bool { names.contains { (try? entry($0))?.isQuantized == true } }
}

/// What a file says of a tensor.
package struct WeightEntry: Sendable, Hashable {
    package let shape: [Int]
    /// "BF16", as the file calls it.
    package let typeName: String
    package let isQuantized: Bool
    /// In the file.
    package let byteCount: Int
    /// Whether its numbers are read where they lie in the file, as 32-bit floats.
    package let isInPlace: Bool

    package init(shape: [Int], typeName: String, isQuantized: Bool = false, byteCount: Int, isInPlace: Bool) {
        self.shape = shape
        self.typeName = typeName
        self.isQuantized = isQuantized
        self.byteCount = byteCount
        self.isInPlace = isInPlace
    }

    /// What the tensor takes as 32-bit floats.
    package var memory: MemoryUse {
        isInPlace ? MemoryUse(mapped: byteCount) : MemoryUse(own: FloatStorage.memory(count: elementCount))
    }

    package var elementCount: Int { shape.reduce(1, *) }
}

extension BlockMatrix {
    /// Rows and columns of a tensor of that shape.
    static func size(of shape: [Int]) -> (rows: Int, columns: Int) {
        (shape.dropLast().reduce(1, *), shape.last ?? 1)
    }
}

package enum WeightSources {
    /// Opens the weights of a model.
    ///
    /// - Parameter model: a Hugging Face model folder, a .gguf file, or a folder with one such file.
    /// - Throws: `CheckpointError` naming the file that is missing or damaged, and what there is in its place.
    package static func open(_ model: String) throws(CheckpointError) -> any WeightSource {
        switch try ModelPlace(model) {
        case .folder(let folder): try WeightFiles(modelFolder: folder)
        case .gguf(let path): try GGUFWeights(path: path)
        }
    }
}
