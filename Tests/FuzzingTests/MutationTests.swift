import Foundation
import SearchSpaces
import TestSupport
import Testing

@testable import fuzz

@Suite struct MutationTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    @Test func `a seed and a number give one input, others give others`() throws {
        for kind in Formats.all where !["checkpoint", "adapter-config", "adapter-tensors"].contains(kind.name) {
            let format = try kind.init(folder: temporary.path)
            let inputs = (0..<50).map { Worker.input(format, seed: 3, number: $0) }
            #expect((0..<50).map { Worker.input(format, seed: 3, number: $0) } == inputs)
            #expect(Set(inputs).count > 35, "\(kind.name)")
            #expect((0..<50).map { Worker.input(format, seed: 4, number: $0) } != inputs)
        }
    }

    @Test func `a tree is written as the JSON that it was read from`() throws {
        let text = #"{"a": [1, -2.5e-3, true, null, "x\"\\\n"], "b": {}, "c": [], "": "\u0000"}"#
        let tree = try JSONTree(seed: text.replacing(#"\u0000"#, with: "z"))
        let again = try JSONSerialization.jsonObject(with: Data(tree.bytes)) as? NSDictionary
        #expect(
            try again == JSONSerialization.jsonObject(with: Data(text.replacing(#"\u0000"#, with: "z").utf8)) as? NSDictionary)
        #expect(tree.nodeCount == 10)
    }

    @Test func `every node can be changed, and no other is`() throws {
        let tree = try JSONTree(seed: #"{"a": [1, 2], "b": {"c": 3}, "d": 4}"#)
        for number in 1..<tree.nodeCount {
            var (changed, place) = (tree, number)
            #expect(changed.change(&place) { $0 = .scalar("changed") })
            #expect(changed.node(number).bytes == Array("changed".utf8))
            #expect(String(decoding: changed.bytes, as: UTF8.self).components(separatedBy: "changed").count == 2)
        }
        var (same, beyond) = (tree, tree.nodeCount)
        #expect(!same.change(&beyond) { $0 = .scalar("changed") })
        #expect(same.bytes == tree.bytes)
    }

    @Test func `nesting is as deep as it says`() {
        let lists = JSONTree.nested(.scalar("1"), depth: 3, inMappings: false)
        #expect(String(decoding: lists.bytes, as: UTF8.self) == "[[[1]]]")
        let mappings = JSONTree.nested(.scalar("1"), depth: 2, inMappings: true)
        #expect(String(decoding: mappings.bytes, as: UTF8.self) == #"{"a": {"a": 1}}"#)
    }

    @Test func `most safetensors files keep the header's length right, and some do not`() throws {
        let format = try SafetensorsFormat(folder: temporary.path)
        let right = (0..<400).count { number in
            let file = Worker.input(format, seed: 1, number: number)
            guard file.count > 8 else { return false }
            let length = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return length <= UInt64(file.count - 8) && file[7 + Int(length)] == UInt8(ascii: "}")
        }
        #expect((200..<395).contains(right))
    }

    @Test func `changes of bytes take no care, and empty inputs`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            var bytes: [UInt8] = random.oneIn(3) ? [] : Array("{\"a\": 12.5}".utf8)
            bytes.mutateBytes(using: &random)
            var text = bytes
            TextMutation(words: ["a"]).mutate(&text, using: &random)
        }
        var number = Array("x 12 y".utf8)
        number.replaceNumber(using: &random)
        #expect(number.starts(with: Array("x ".utf8)) && number != Array("x 12 y".utf8))
    }
}
