import Checkpoints
import Foundation
import Testing

@Suite struct DamagedGGUFTests {
    private static let fixture = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures/tiny-llama.gguf")

    /// What opening a file of these bytes says; nil when it opens.
    private static func problem(_ bytes: Data) throws -> String? {
        try withTemporaryFolder { folder -> String? in
            let path = folder + "/damaged.gguf"
            try bytes.write(to: URL(filePath: path))
            do {
                _ = try GGUFFile(path: path)
                return nil
            } catch let error as CheckpointError {
                #expect(error.path == path)
                #expect(!error.description.contains("\n"), "one line")
                return error.problem
            }
        }
    }

    @Test func `a file cut off anywhere is refused`() throws {
        let whole = try Data(contentsOf: Self.fixture)
        #expect(try Self.problem(whole) == nil)
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(try Self.problem(whole.prefix(length)) != nil, "\(length) of \(whole.count) bytes")
        }
    }

    @Test func `what is no GGUF file of a version that is read is said to be none`() throws {
        #expect(try Self.problem(Data())?.hasPrefix("not a GGUF file") == true)
        #expect(try Self.problem(Data("GGML and more".utf8))?.hasPrefix("not a GGUF file") == true)
        #expect(try Self.problem(Data("version https://git-lfs.github.com/spec/v1\n".utf8))?.contains("git lfs pull") == true)
        var image = GGUFImage()
        image.version = 2
        #expect(try image.problem() == nil)
        for (version, words) in [
            (UInt32(1), "the version (byte 4): is 1, expected 2 or 3"), (4, "is 4, expected 2 or 3"), (3 << 24, "big-endian"),
        ] {
            image.version = version
            #expect(try image.problem()?.contains(words) == true)
        }
    }

    @Test func `counts and lengths beyond the file are refused before anything is made for them`() throws {
        var image = GGUFImage()
        image.tensorCount = 1 << 60
        #expect(try image.problem()?.hasPrefix("the number of tensors (byte 8): there are 1152921504606846976 of them") == true)
        image.tensorCount = nil
        image.keyCount = .max
        #expect(try image.problem()?.hasPrefix("the number of keys (byte 16): there are") == true)
        image.keyCount = nil
        for length in [UInt64.max, 1 << 62, 100] {
            image.keys = [("a", .raw(8, GGUFImage.number(length)))]
            #expect(try image.problem()?.hasPrefix("key 'a' (byte 37): a text of \(length) bytes") == true)
            image.keys = [("a", .raw(9, GGUFImage.number(UInt32(8)) + GGUFImage.number(length)))]
            #expect(try image.problem()?.hasPrefix("key 'a' (byte 41): there are \(length) of them") == true)
        }
        image.keys = [("a", .raw(9, GGUFImage.number(UInt32(8)) + GGUFImage.number(UInt64(2)) + GGUFImage.text("x")))]
        #expect(try image.problem()?.hasPrefix("key 'a' (byte") == true)
    }

    @Test func `types that there are not, arrays of arrays and keys that come twice are refused`() throws {
        var image = GGUFImage()
        image.keys = [("a", .raw(13, []))]
        #expect(try image.problem() == "key 'a' (byte 33): its type is 13, and there are types 0 to 12")
        image.keys = [("a", .raw(9, GGUFImage.number(UInt32(9)) + GGUFImage.number(UInt64(0))))]
        #expect(try image.problem()?.contains("an array of type 9") == true)
        image.keys = [("a", .string("x")), ("a", .string("y"))]
        #expect(try image.problem()?.hasSuffix("is there twice") == true)
        image.keys = [("", .string("x"))]
        #expect(try image.problem()?.contains("key number 0 (byte 24): its name is no text of 1 to 65535 bytes") == true)
        image.keys = [("general.alignment", .raw(4, GGUFImage.number(UInt32(24))))]
        #expect(try image.problem()?.contains("key 'general.alignment' (byte 24): is 24, expected a power of two") == true)
        image.keys = [("split.count", .raw(2, [3, 0]))]
        #expect(try image.problem()?.contains("one of 3 parts; join them: llama-gguf-split --merge") == true)
    }

    @Test(
        arguments: [
            ([4, 2], 0, 4, "its offset 4 is no multiple of 32"), ([4, 2], 0, 64, "truncated file: it begins at byte 64 of 32"),
            ([4, 3], 0, 0, "takes 48 bytes, and there are 32 of data"), ([31], 2, 0, "no whole blocks of Q4_0, which have 32"),
            ([1, 2, 3, 4, 5], 0, 0, "it has 5 dimensions, expected 4 at most"),
            ([.max], 0, 0, "a dimension is 18446744073709551615"),
            ([1 << 62, 1 << 62], 0, 0, "larger than any file"), ([0, 1 << 62, 1 << 62], 0, 0, "a dimension is 0"),
            ([5], 0, .max, "no multiple of 32"), ([32, 1 << 58], 8, 0, "is larger than any file"),
        ] as [([UInt64], UInt32, UInt64, String)])
    func `a tensor that does not fit the file is refused with its name and place`(
        dimensions: [UInt64], type: UInt32, offset: UInt64, words: String
    ) throws {
        var image = GGUFImage()
        image.data = [UInt8](repeating: 0, count: 32)
        image.tensors = [.init(name: "w", dimensions: dimensions, type: type, offset: offset)]
        let problem = try image.problem()
        #expect(
            problem?.hasPrefix("tensor 'w' (byte 69): ") == true && problem?.contains(words) == true, "\(problem ?? "opened")")
        image.tensors = [.init(name: "w", dimensions: [8], type: 0), .init(name: "w", dimensions: [8], type: 0)]
        #expect(try image.problem()?.hasSuffix("is there twice") == true)
    }

    @Test func `another alignment is taken, and a type that is not read waits until it is asked for`() throws {
        var image = GGUFImage()
        image.keys.append(("general.alignment", .raw(4, GGUFImage.number(UInt32(64)))))
        image.alignment = 64
        image.data = [UInt8](repeating: 0, count: 64) + GGUFImage.number(Float(2.5))
        image.tensors = [
            .init(name: "odd", dimensions: [256], type: 20), .init(name: "newer", dimensions: [1], type: 77),
            .init(name: "w", dimensions: [1], type: 0, offset: 64),
        ]
        try image.opened { file throws in
            #expect(file.tensors["odd"]?.typeName == "IQ4_NL" && file.tensors["newer"]?.typeName == "type 77")
            #expect(file.tensors["w"]?.shape == [1] && file.tensors["w"]?.range.count == 4)
        }
    }
}
