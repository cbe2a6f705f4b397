import Tensors

/// What the header says of a tensor, as it stands there.
struct GGUFTensorHeader {
    let place: Int
    /// The fastest dimension first.
    private let dimensions: [Int]
    private let code: UInt32
    private let offset: UInt64

    /// - Parameter cursor: behind the name.
    init(_ cursor: inout GGUFCursor, _ name: String, place: Int) throws(CheckpointError) {
        let subject = "tensor '\(name)'"
        self.place = place
        let count = try cursor.number(UInt32.self, of: subject)
        guard count <= 4 else { throw cursor.failure(subject, at: place, "it has \(count) dimensions, expected 4 at most") }
        var dimensions: [Int] = []
        for _ in 0..<count {
            let size = try cursor.number(UInt64.self, of: subject)
            guard let size = Int(exactly: size), size > 0 else {
                throw cursor.failure(subject, at: place, "a dimension is \(size)")
            }
            dimensions.append(size)
        }
        self.dimensions = dimensions
        code = try cursor.number(UInt32.self, of: subject)
        offset = try cursor.number(UInt64.self, of: subject)
    }

    /// The tensor with its bytes, which lie inside the file.
    func tensor(
        _ name: String, _ cursor: GGUFCursor, dataStart: Int, alignment: Int
    ) throws(CheckpointError) -> GGUFFile.Tensor {
        func fail(_ problem: String) -> CheckpointError { cursor.failure("tensor '\(name)'", at: place, problem) }
        let shape = Array(dimensions.reversed())
        let data = max(0, cursor.file.bytes.count - dataStart)
        guard offset % UInt64(alignment) == 0 else { throw fail("its offset \(offset) is no multiple of \(alignment)") }
        guard offset <= UInt64(data) else {
            throw fail("truncated file: it begins at byte \(offset) of \(data) bytes of data")
        }
        guard let type = BlockType(rawValue: code) else {
            return GGUFFile.Tensor(
                type: nil, typeName: Self.otherTypes[code] ?? "type \(code)", shape: shape, range: 0..<0, place: place)
        }
        let columns = dimensions.first ?? 1
        guard columns % type.weights == 0 else {
            throw fail("its rows of \(columns) numbers are no whole blocks of \(type.name), which have \(type.weights)")
        }
        let blocks = [columns / type.weights] + dimensions.dropFirst()
        guard let size = Self.product(blocks + [type.byteCount]), Self.product(dimensions) != nil else {
            throw fail("its shape \(shape) is larger than any file")
        }
        guard size <= data - Int(offset) else {
            throw fail(
                "truncated file: \(shape) of \(type.name) from byte \(offset) on takes \(size) bytes, and there are \(data) of data"
            )
        }
        let start = dataStart + Int(offset)
        return GGUFFile.Tensor(type: type, typeName: type.name, shape: shape, range: start..<start + size, place: place)
    }

    /// nil where it is beyond any number.
    private static func product(_ factors: [Int]) -> Int? {
        var product = 1
        for factor in factors {
            let next = product.multipliedReportingOverflow(by: factor)
            guard !next.overflow else { return nil }
            product = next.partialValue
        }
        return product
    }

    /// What GGUF's own library calls the types that are not read.
    private static let otherTypes: [UInt32: String] = [
        9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
        23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]
}
