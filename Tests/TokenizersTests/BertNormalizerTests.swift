import Testing

@testable import Tokenizers

@Suite struct BertNormalizerTests {
    private func normalize(_ text: String, lowercase: Bool = true, stripAccents: Bool? = nil, ideographs: Bool = true) -> String
    {
        var configuration = NormalizerFlags()
        configuration.lowercase = lowercase
        configuration.stripAccents = stripAccents
        configuration.separateIdeographs = ideographs
        let scalars = BertNormalizer(configuration).normalize(text.unicodeScalars.map(\.value)[...])
        return String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
    }

    @Test(arguments: [
        ("Ångström", "angstrom"), ("A\u{30A}", "a"), ("İI", "ii"), ("Straße", "straße"), ("ΣΑΣ", "σασ"),
        ("\u{0}a\u{FFFD}b\u{200D}c\u{B}d", "abcd"), ("a\tb\u{A0}c\u{2028}d", "a b c d"), ("漢a", " 漢 a"), ("\u{F900}", " 豈 "),
        ("한", "\u{1112}\u{1161}\u{11AB}"), ("가", "\u{1100}\u{1161}"), ("\u{1D160}", "\u{1D158}\u{1D165}\u{1D16E}"),
    ])
    func `an uncased text is folded as the reference folds it`(text: String, folded: String) {
        #expect(Array(normalize(text).unicodeScalars) == Array(folded.unicodeScalars))
    }

    @Test func `marks that stay are put in canonical order`() {
        #expect(
            normalize("a\u{1D16D}\u{1D165}\u{1B44}b").unicodeScalars.map(\.value) == [0x61, 0x1B44, 0x1D165, 0x1D16D, 0x62])
    }

    @Test func `case and accents can be kept apart`() {
        #expect(normalize("É", lowercase: false) == "É")
        #expect(normalize("É", lowercase: false, stripAccents: true) == "E")
        #expect(normalize("É", stripAccents: false) == "é")
        #expect(Array(normalize("İ", stripAccents: false).unicodeScalars) == ["i", "\u{307}"])
        #expect(normalize("漢字", ideographs: false) == "漢字")
    }

    @Test func `the tables are sorted, so that searching them works`() {
        for table in [
            UnicodeTables.removed, UnicodeTables.whitespace, UnicodeTables.ideographs, UnicodeTables.punctuation,
            UnicodeTables.marks,
        ] {
            #expect(table.count.isMultiple(of: 2))
            #expect(zip(table, table.dropFirst()).allSatisfy { $0 <= $1 })
        }
        #expect(UnicodeTables.decomposable.count == UnicodeTables.decompositions.count)
        #expect(zip(UnicodeTables.decomposable, UnicodeTables.decomposable.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `ASCII symbols count as punctuation and letters of any script do not`() {
        for scalar in "$+<=>^`|~!\"#%&'()*,-./:;?@[\\]_{}«—…。".unicodeScalars {
            #expect(ScalarClasses.isPunctuation(scalar.value))
        }
        for scalar in "aZ09éДع字€™".unicodeScalars { #expect(!ScalarClasses.isPunctuation(scalar.value)) }
    }
}
