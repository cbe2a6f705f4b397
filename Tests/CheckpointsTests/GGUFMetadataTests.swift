import Checkpoints
import Foundation
import Testing

@Suite struct GGUFMetadataTests {
    private static let image: GGUFImage = {
        var image = GGUFImage()
        image.keys += [
            ("u8", .raw(0, [200])), ("i8", .raw(1, [0xFE])), ("u16", .raw(2, [1, 2])), ("i16", .raw(3, [0xFF, 0xFF])),
            ("u32", .raw(4, GGUFImage.number(UInt32.max))), ("i32", .raw(5, GGUFImage.number(Int32.min))),
            ("f32", .raw(6, GGUFImage.number(Float(0.5)))), ("yes", .raw(7, [1])), ("no", .raw(7, [0])),
            ("odd", .raw(7, [2])), ("text", .string("é\n")), ("u64", .raw(10, GGUFImage.number(UInt64.max))),
            ("i64", .raw(11, GGUFImage.number(Int64.min))), ("f64", .raw(12, GGUFImage.number((1e300).bitPattern))),
            ("nan", .raw(6, GGUFImage.number(Float.nan))), ("texts", .strings(["", "ab", "é", "e\u{301}"])),
            ("none", .strings([])), ("integers", .integers([3, -1])),
            ("floats", .raw(9, GGUFImage.number(UInt32(6)) + GGUFImage.number(UInt64(2)) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])),
            ("latin", .raw(8, GGUFImage.number(UInt64(1)) + [0xE9])),
            (
                "latins",
                .raw(
                    9,
                    GGUFImage.number(UInt32(8)) + GGUFImage.number(UInt64(2)) + GGUFImage.text("a")
                        + GGUFImage.number(UInt64(1)) + [0xE9])
            ),
        ]
        return image
    }()

    @Test func `values of every type are read by their keys`() throws {
        try Self.image.opened { file throws in
            let metadata = file.metadata
            #expect(try metadata.architecture() == "llama")
            for (key, value) in [("u8", 200), ("i8", -2), ("u16", 513), ("i16", -1), ("u32", 4_294_967_295)] {
                #expect(try metadata.integer(key) == value)
                #expect(try metadata.number(key) == Double(value))
            }
            #expect(try metadata.integer("i32") == Int(Int32.min))
            #expect(try metadata.integer("i64") == .min)
            #expect(try metadata.number("f32") == 0.5)
            #expect(try metadata.number("f64") == 1e300)
            #expect(try metadata.flag("yes") == true)
            #expect(try metadata.flag("no") == false)
            #expect(try metadata.string("text") == "é\n")
            #expect(try metadata.texts("texts")?.map { Array($0.utf8) } == ["", "ab", "é", "e\u{301}"].map { Array($0.utf8) })
            #expect(try metadata.texts("none") == [])
            #expect(try metadata.integers("integers") == [3, -1])
            #expect(try metadata.integers("u8") == [200])
            #expect(try metadata.numbers("floats") == [1, -2])
            #expect(try metadata.numbers("integers") == [3, -1])
            #expect(metadata.contains("u8") && !metadata.contains("u9") && metadata.keys.count == 22)
        }
    }

    @Test func `what is not there is nil, and said to be missing where it has to be there`() throws {
        try Self.image.opened { file throws in
            let metadata = file.metadata
            #expect(try metadata.string("x") == nil)
            #expect(try metadata.integer("x") == nil)
            #expect(try metadata.number("x") == nil)
            #expect(try metadata.flag("x") == nil)
            #expect(try metadata.texts("x") == nil)
            #expect(try metadata.numbers("x") == nil)
            let value = try metadata.integer("x")
            let error = #expect(throws: CheckpointError.self) { try metadata.required(value, "x") }
            #expect(error?.description == "\(file.path): key 'x': is missing")
        }
    }

    @Test(arguments: [
        ("text", "key 'text' (byte 320): is string, expected an integer"),
        ("texts", "key 'texts' (byte 443): is an array of string, expected an integer"),
        ("f32", "key 'f32' (byte 200): is float32, expected an integer"),
        ("u64", "key 'u64' (byte 347): is beyond any integer that fits"),
    ])
    func `another type is told with the key and its place`(key: String, problem: String) throws {
        let found = try Self.image.problem { _ = try $0.metadata.integer(key) }
        #expect(found?.replacing(/byte \d+/, with: "byte N") == problem.replacing(/byte \d+/, with: "byte N"))
        #expect(found?.contains(/\(byte [1-9]\d*\)/) == true)
    }

    @Test func `texts that are no UTF-8, odd flags and numbers that are none are refused`() throws {
        let image = Self.image
        #expect(try image.problem { _ = try $0.metadata.string("latin") }?.hasSuffix("is no valid UTF-8") == true)
        #expect(try image.problem { _ = try $0.metadata.texts("latins") }?.hasSuffix("its element 1 is no valid UTF-8") == true)
        #expect(try image.problem { _ = try $0.metadata.flag("odd") }?.hasSuffix("is 2, expected 0 or 1") == true)
        #expect(try image.problem { _ = try $0.metadata.number("nan") }?.hasSuffix("is no finite number") == true)
        #expect(try image.problem { _ = try $0.metadata.flag("u8") }?.hasSuffix("is uint8, expected a bool") == true)
        #expect(
            try image.problem { _ = try $0.metadata.string("texts") }?.hasSuffix("an array of string, expected a string")
                == true)
        #expect(try image.problem { _ = try $0.metadata.numbers("text") }?.hasSuffix("is string, expected numbers") == true)
    }

    @Test func `a vocabulary of 50,000 words is read whole`() throws {
        var image = GGUFImage()
        let words = (0..<50_000).map { "Ġword\($0)" }
        image.keys.append(("tokenizer.ggml.tokens", .strings(words)))
        try image.opened { file throws in #expect(try file.metadata.texts("tokenizer.ggml.tokens") == words) }
    }
}
