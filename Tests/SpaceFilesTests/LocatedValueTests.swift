import Foundation
import SearchSpaces
import Testing
import TrainerSettings

@testable import SpaceFiles

struct LocatedValueTests {
    private func places(in text: String) throws -> [String: Position] {
        var places: [String: Position] = [:]
        func visit(_ value: LocatedValue, _ path: String) {
            places[path] = value.position
            switch value.content {
            case .scalar: break
            case .sequence(let elements): for (index, element) in elements.enumerated() { visit(element, "\(path)[\(index)]") }
            case .mapping(let entries): for entry in entries { visit(entry.value, "\(path).\(entry.key)") }
            }
        }
        visit(try LocatedValue(yaml: text), "")
        return places
    }

    @Test func `Every value knows its place`() throws {
        let text = """
            # a comment first
            a: 1
            b:
              - x
              - {c: [2, 3]}

            d: "quoted"   # and one behind
            """
        let expected: [String: (Int, Int)] = [
            "": (2, 1), ".a": (2, 4), ".b": (4, 3), ".b[0]": (4, 5), ".b[1]": (5, 5), ".b[1].c": (5, 9),
            ".b[1].c[0]": (5, 10), ".b[1].c[1]": (5, 13), ".d": (7, 4),
        ]
        let found = try places(in: text)
        #expect(Set(found.keys) == Set(expected.keys))
        for (path, place) in expected { #expect(found[path] == Position(line: place.0, column: place.1), "\(path)") }
    }

    @Test func `Columns count characters as editors do, and lines may end as on Windows`() throws {
        let found = try places(in: "{é: 1, ü: 2}")
        #expect(found[".ü"] == Position(line: 1, column: 11))
        #expect(try places(in: "a: 1\r\nb: 2\r\n")[".b"] == Position(line: 2, column: 4))
        #expect(try places(in: "\u{FEFF}a: 1")[".a"]?.line == 1)
    }

    @Test(arguments: [
        ("8", "8"), ("1e-5", "1e-5"), ("text", "the text 'text'"), ("'8'", "the text '8'"), ("~", "nothing"), ("[1]", "a list"),
        ("{a: 1}", "a mapping"), ("true", "true"), ("\"\"", "the text ''"),
        (String(repeating: "x", count: 50), "the text '\(String(repeating: "x", count: 40))...'"),
    ])
    func `What stands there is said in the file's own words`(text: String, found: String) throws {
        #expect(try LocatedValue(yaml: text).found == found)
    }

    @Test(arguments: [("3", 3), ("3.0", 3), ("1e2", 100), ("-4", -4), ("0x10", 16)])
    func `A whole number can be written in several ways`(text: String, expected: Int) throws {
        #expect(try LocatedValue(yaml: text).integer() == expected)
    }

    @Test func `A plain scalar is a number where the grammar says so, and then the number that it says`() {
        let grammar = #/[-+]?(\.[0-9]+|[0-9]+(_[0-9]+)*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|0o[0-7]+/#
        var generator = SeededGenerator(seed: 5)
        let characters = Array("0179__..eE-+xofa \u{301}")
        var numbers = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...6, using: &generator)
            let text = String((0..<length).map { _ in characters.randomElement(using: &generator) ?? "0" })
            let value = YAMLScalar.value(of: text)
            #expect((value.number != nil) == (text.wholeMatch(of: grammar) != nil), "\(text)")
            guard let number = value.number else { continue }
            numbers += 1
            let plain = text.filter { $0 != "_" }
            let expected = plain.hasPrefix("0o") ? Int(plain.dropFirst(2), radix: 8).map(Double.init) : strtod(plain, nil)
            #expect(number == expected, "\(text)")
        }
        #expect(numbers > 1000)
        #expect(YAMLScalar.value(of: "0x8000000000000000") == .string("0x8000000000000000"))
    }

    @Test(arguments: ["3.5", "three", "true", "[3]", "1e30", ".nan"])
    func `What is no whole number is refused`(text: String) throws {
        let value = try LocatedValue(yaml: text)
        let error = #expect(throws: SpaceFileError.self) { try value.integer() }
        #expect(error?.description.hasSuffix("expected a whole number") == true)
    }

    @Test(arguments: [".inf", "-.inf", ".nan", "'1'", "{}"])
    func `What is no finite number is refused`(text: String) throws {
        let value = try LocatedValue(yaml: text)
        #expect(throws: SpaceFileError.self) { try value.number() }
    }

    @Test func `A name that looks like a number is a text all the same`() throws {
        #expect(try LocatedValue(yaml: "1.50").text() == "1.50")
        #expect(throws: SpaceFileError.self) { try LocatedValue(yaml: "[a]").text() }
    }

    @Test func `A section answers for its keys and refuses others`() throws {
        let value = try LocatedValue(yaml: "a: 1\nb: ~\nc: text")
        let section = try Section(value, named: "the section", allowed: ["a", "b", "c", "d"])
        #expect(section.keys == ["a", "c"])
        #expect(try section.integer("a") == 1)
        #expect(section["b"] == nil)
        #expect(try section.text("c") == "text")
        #expect(try section.number("d") == nil)
        #expect(section.position(of: "b") == Position(line: 2, column: 1))
        #expect(section.position(of: "d") == Position(line: 1, column: 1))
        let missing = #expect(throws: SpaceFileError.self) { try section.required("d", "a thing") }
        #expect(missing?.problem == "the section lacks 'd'; expected a thing")
        let unknown = #expect(throws: SpaceFileError.self) { try Section(value, named: "the section", allowed: ["a", "b"]) }
        #expect(unknown?.position == Position(line: 3, column: 1))
    }

    @Test func `Places compare as one reads`() {
        let places = [(2, 1), (1, 9), (1, 2)].map { Position(line: $0.0, column: $0.1) }
        #expect(places.sorted().map(\.description) == places.reversed().map(\.description))
    }
}

extension Position {
    fileprivate var description: String { "\(line):\(column)" }
}
