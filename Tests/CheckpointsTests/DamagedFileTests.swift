import Checkpoints
import Foundation
import Testing

@Suite struct DamagedFileTests {
    /// What opening a file of these bytes says; nil when it opens.
    private static func problem(_ bytes: Data) throws -> String? {
        try withTemporaryFolder { folder -> String? in
            let path = folder + "/damaged.safetensors"
            try bytes.write(to: URL(filePath: path))
            do {
                _ = try SafetensorsFile(path: path)
                return nil
            } catch let error as CheckpointError {
                #expect(error.path == path)
                #expect(!error.description.contains("\n"), "one line")
                return error.problem
            }
        }
    }

    @Test func `a file cut off anywhere is refused`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/whole"
            let values = (0..<12).map { Float($0) }
            try SafetensorsWriter.write(
                [.init(name: "x", shape: [3, 4], values: values), .init(name: "y", shape: [1], values: [1])],
                metadata: ["a": "b"], to: path)
            let whole = try Data(contentsOf: URL(filePath: path))
            #expect(try Self.problem(whole) == nil)
            for length in 0..<whole.count {
                let problem = try Self.problem(whole.prefix(length))
                #expect(problem != nil, "\(length) of \(whole.count) bytes")
            }
        }
    }

    @Test(arguments: [
        ("", "not a safetensors file"), ("garbage that is long enough", "header of"),
    ])
    func `what is no safetensors file is said to be none`(text: String, part: String) throws {
        let problem = try Self.problem(Data(text.utf8))
        #expect(problem?.contains(part) == true, "\(problem ?? "opened")")
    }

    @Test(arguments: [
        ("not json", "no valid safetensors JSON"),
        ("[]", "no valid safetensors JSON"),
        (#"{"x":{"dtype":"F32","shape":[1]}}"#, "no valid safetensors JSON"),
        (#"{"__metadata__":{"a":1}}"#, "no valid safetensors JSON"),
        (#"{"x":{"dtype":"F99","shape":[1],"data_offsets":[0,9]}}"#, "tensor 'x': truncated file"),
        (#"{"x":{"dtype":"F99","shape":[-1],"data_offsets":[0,4]}}"#, "tensor 'x': invalid shape"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "tensor 'x': invalid offsets [4, 0]"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, "tensor 'x': invalid offsets"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, "tensor 'x': invalid offsets"),
        (#"{"x":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}"#, "tensor 'x': truncated file"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, "tensor 'x': truncated file"),
        (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "tensor 'x': shape [3] of F32 does not fill"),
        (#"{"x":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}"#, "tensor 'x': invalid shape"),
        (#"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, "tensor 'x': invalid shape"),
    ])
    func `a wrong header is refused with what is wrong`(header: String, part: String) throws {
        let problem = try Self.problem(rawFile(header, data: [UInt8](repeating: 0, count: 8)))
        #expect(problem?.contains(part) == true, "\(problem ?? "opened")")
    }

    @Test func `a tensor of a type that is not read is named by it, and only where it is wanted`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/x"
            let header =
                #"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
            try rawFile(header, data: [UInt8](repeating: 0, count: 8)).write(to: URL(filePath: path))
            let file = try SafetensorsFile(path: path)
            #expect(try file.tensor("b").values.count == 1)
            #expect(file.entries["a"]?.typeName == "F8_E4M3")
            let problem = "tensor 'a' is of type F8_E4M3, expected one of F32, F16, BF16, F64"
            #expect(throws: CheckpointError(path: path, problem: problem)) { try file.tensor("a") }
        }
    }

    @Test func `what is no regular file is refused and not waited for`() throws {
        try withTemporaryFolder { folder in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(throws: CheckpointError.self) { try SafetensorsFile(path: folder + "/pipe") }
            #expect(FileIdentity(path: folder + "/pipe") != nil)
        }
    }

    @Test func `missing files and folders are named`() throws {
        #expect(throws: CheckpointError(path: "/nowhere/x.safetensors", problem: "no such file")) {
            try SafetensorsFile(path: "/nowhere/x.safetensors")
        }
        try withTemporaryFolder { folder in
            #expect(throws: CheckpointError(path: folder, problem: "not a regular file")) {
                try SafetensorsFile(path: folder)
            }
        }
    }

    @Test func `missing tensors, other shapes and whole numbers are named`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/x"
            let header =
                #"{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
            try rawFile(header, data: [UInt8](repeating: 0, count: 8)).write(to: URL(filePath: path))
            let file = try SafetensorsFile(path: path)
            #expect(throws: CheckpointError(path: path, problem: "tensor 'g' is missing")) { try file.tensor("g") }
            #expect(throws: CheckpointError(path: path, problem: "tensor 'f' has shape [2], expected [3]")) {
                try file.tensor("f", shape: [3])
            }
            #expect(
                throws: CheckpointError(path: path, problem: "tensor 'i' is of type I64, expected one of F32, F16, BF16, F64")
            ) {
                try file.tensor("i")
            }
        }
    }
}
