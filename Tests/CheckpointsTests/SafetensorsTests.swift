import Checkpoints
import Foundation
import Testing

@discardableResult func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// A safetensors file of this header and this data, however wrong.
func rawFile(_ header: String, data: [UInt8] = []) -> Data {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data(data)
}

@Suite struct SafetensorsTests {
    private let tensors = [
        SafetensorsWriter.Tensor(name: "b.weight", shape: [2, 3], values: [1, 2, 3, 4, 5, 6.5]),
        SafetensorsWriter.Tensor(name: "a/ü \"quoted\"", shape: [1], values: [-0.25]),
        SafetensorsWriter.Tensor(name: "scalar", shape: [], values: [7]),
        SafetensorsWriter.Tensor(name: "empty", shape: [0, 4], values: []),
    ]

    @Test func `what is written is read back, names, shapes, values and metadata`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/t.safetensors"
            try SafetensorsWriter.write(tensors, metadata: ["step": "12", "note": "é\n"], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.metadata == ["step": "12", "note": "é\n"])
            #expect(Set(file.entries.keys) == Set(tensors.map(\.name)))
            for tensor in tensors {
                let read = try file.tensor(tensor.name, shape: tensor.shape)
                #expect(withExtendedLifetime(read) { Array(read.values) } == tensor.values)
            }
        }
    }

    @Test func `a file without metadata has none, and the header fills up to eight bytes`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/t.safetensors"
            try SafetensorsWriter.write(tensors, to: path)
            #expect(try SafetensorsFile(path: path).metadata.isEmpty)
            let bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes[0] % 8 == 0)
        }
    }

    @Test func `infinities, NaN and the smallest numbers survive`() throws {
        try withTemporaryFolder { folder in
            let values: [Float] = [.infinity, -.infinity, .nan, .leastNonzeroMagnitude, -0.0, .greatestFiniteMagnitude]
            try SafetensorsWriter.write([.init(name: "x", shape: [6], values: values)], to: folder + "/x")
            let tensor = try SafetensorsFile(path: folder + "/x").tensor("x")
            withExtendedLifetime(tensor) { #expect(tensor.values.map(\.bitPattern) == values.map(\.bitPattern)) }
        }
    }

    @Test func `a tensor outlives the file object, and pages given back come in again`() throws {
        try withTemporaryFolder { folder in
            let values = (0..<10_000).map { Float($0) }
            try SafetensorsWriter.write([.init(name: "x", shape: [10_000], values: values)], to: folder + "/x")
            let tensor = try SafetensorsFile(path: folder + "/x").tensor("x")
            #expect(tensor.values[9_999] == 9_999)
            let file = try SafetensorsFile(path: folder + "/x")
            let other = try file.tensor("x")
            file.releasePages()
            withExtendedLifetime(other) { #expect(Array(other.values) == values) }
        }
    }

    @Test func `half, brain and double floats are converted`() throws {
        let header = """
            {"h":{"dtype":"F16","shape":[7],"data_offsets":[0,14]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[14,18]},\
            "d":{"dtype":"F64","shape":[1],"data_offsets":[18,26]}}
            """
        let halves: [UInt16] = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x3555]
        let brains: [UInt16] = [0x3f80, 0xc2f7]
        var data = (halves + brains).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        data += withUnsafeBytes(of: 0.1) { Array($0) }
        try withTemporaryFolder { folder in
            try rawFile(header, data: data).write(to: URL(filePath: folder + "/x"))
            let file = try SafetensorsFile(path: folder + "/x")
            let half = try file.tensor("h")
            withExtendedLifetime(half) {
                #expect(Array(half.values.prefix(4)) == [1, -2, 65504, 0x1p-24])
                #expect(half.values[4].sign == .minus && half.values[5] == .infinity)
                #expect(abs(half.values[6] - 1.0 / 3) < 1e-3)
            }
            let brain = try file.tensor("b")
            withExtendedLifetime(brain) { #expect(Array(brain.values) == [1, -123.5]) }
            let double = try file.tensor("d")
            withExtendedLifetime(double) { #expect(Array(double.values) == [0.1]) }
        }
    }

    @Test func `floats at an odd place in the file are read all the same`() throws {
        try withTemporaryFolder { folder in
            let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#
            let one = withUnsafeBytes(of: Float(1.5)) { Array($0) }
            try rawFile(header + (header.utf8.count % 2 == 0 ? "" : " "), data: [0] + one).write(
                to: URL(filePath: folder + "/x"))
            let tensor = try SafetensorsFile(path: folder + "/x").tensor("x")
            withExtendedLifetime(tensor) { #expect(Array(tensor.values) == [1.5]) }
        }
    }
}
