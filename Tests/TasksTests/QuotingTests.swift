import Tensors
import Testing
import TrainerSettings

@testable import Tasks

/// Tables whose writer knew nothing of quotes, and those whose writer did.
@Suite struct QuotingTests {
    private func read(
        _ text: String, as name: String = "x.tsv", quoting: DataColumns.Quoting = .auto
    ) throws -> DataFile<LabeledText> {
        let folder = try ScratchFolder()
        var columns = DataColumns()
        columns.quoting = quoting
        return try DataFile(DataSource(path: folder.write(text, as: name)), columns, check: ClassificationTask.check)
    }

    private func refusal(_ text: String, as name: String, quoting: DataColumns.Quoting = .auto) throws -> InputError {
        try #require(throws: InputError.self) { try read(text, as: name, quoting: quoting) }
    }

    /// The second quote follows other text: as quotes in quotes it would be wrong.
    private static let broken = "text\tlabel\nfirst film\tgood\n\"second film\tbad\nthird \"great\" film\tgood\nfourth\tbad\n"
    /// The second quote ends a text: five rows look like one.
    private static let swallowing =
        "text\tlabel\ngood film\tgood\n\"a film of two halves\tbad\nawful\tbad\nboring movie\tbad\nvery good\tgood\n"
        + "a screen of 55\"\tgood\nbad\tbad\nnot fun\tbad\nfun\tgood\n"
    private static let open = "text\tlabel\na\tgood\n\"b\tbad\nc\tgood\n"

    @Test(arguments: [(broken, 4, 3), (swallowing, 9, 3), (open, 3, 3)])
    func `a tab-separated file without quoting keeps every row, and the line is told`(text: String, rows: Int, line: Int) throws
    {
        let file = try read(text)
        #expect(file.examples.count == rows)
        #expect(file.examples.map(\.line) == Array(2..<(rows + 2)))
        #expect(file.examples[1].text.hasPrefix("\""))
        #expect(file.notes.count == 1)
        #expect(file.notes.first?.contains("x.tsv:\(line): read without quoting") == true, "\(file.notes)")
        #expect(try read(text, quoting: .off).examples == file.examples)
        #expect(try read(text, quoting: .off).notes.isEmpty)
    }

    @Test(arguments: [broken, swallowing, open])
    func `a comma-separated one is refused with the line, and read once it is told what quotes are`(text: String) throws {
        let table = text.replacing("\t", with: ",")
        let error = try refusal(table, as: "x.csv")
        #expect(error.place.hasSuffix("x.csv:3"), "\(error)")
        #expect(error.problem.contains("set quoting: off"), "\(error)")
        #expect(try read(table, as: "x.csv", quoting: .off).examples == read(text, quoting: .off).examples)
    }

    @Test func `all rows of one label are not lost either`() throws {
        let error = try refusal("text,label\n\"a film,bad\nawful,bad\n55\",good\nfun,good\n", as: "x.csv")
        #expect(error.place.hasSuffix("x.csv:2") && error.problem.contains("closes in line 4"), "\(error)")
    }

    @Test func `quotes that are meant enclose lines and separators`() throws {
        let text = "text,label\n\"Dear Sir, or Madam\nthank you, and\nbye, now\",good\n\"a \"\"b\"\"\n\",bad\n\"a, b\",good\n"
        for (name, text) in [("x.csv", text), ("x.tsv", text.replacing(",", with: "\t"))] {
            let file = try read(text, as: name)
            #expect(file.examples.map(\.label) == ["good", "bad", "good"], "\(name)")
            #expect(file.examples[1].text == "a \"b\"\n" && file.notes.isEmpty)
            #expect(try read(text, as: name, quoting: .on) == file)
        }
    }

    @Test func `commas of a letter are no labels`() throws {
        let file = try read("text,label\n\"Dear Sir, or Madam\nthank you, or Madam\nbye\",good\nx,bad\n", as: "x.csv")
        #expect(file.examples.map(\.label) == ["good", "bad"])
    }

    @Test func `who says that quotes enclose values gets them so`() throws {
        let file = try read(Self.swallowing, quoting: .on)
        #expect(file.examples.count == 5 && file.examples[1].text.hasPrefix("a film of two halves\tbad\nawful"))
        #expect(try refusal(Self.broken, as: "x.tsv", quoting: .on).place.hasSuffix("x.tsv:3"))
    }

    @Test func `a quoted file with a wrong row is no file without quoting`() throws {
        let error = try refusal("\"text\"\t\"label\"\n\"a\tgood\nb\"\tbad\nc\t\"x\n", as: "x.tsv")
        #expect(error.place.hasSuffix("x.tsv:4"), "\(error)")
    }

    /// Whatever the texts are, a file that was written without quoting loses no row without a word.
    @Test func `no row is lost without a word`() throws {
        var random = RandomSource(seed: 5)
        let words = ["film", "\"", "a\"", "\"b", "\"c\"", "55\"", "good", "x"]
        for _ in 0..<300 {
            let rows = (0..<8).map { _ in
                let text = (0..<Int.random(in: 1...3, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                return (text.joined(separator: " "), Bool.random(using: &random) ? "good" : "bad")
            }
            let table = "text\tlabel\n" + rows.map { "\($0)\t\($1)\n" }.joined()
            #expect(try read(table).examples.count == rows.count, "\(table)")
            let commas = table.replacing("\t", with: ",")
            guard let file = try? read(commas, as: "x.csv") else { continue }
            #expect(file.examples.count == rows.count || Set(file.examples.map(\.label)).count < 2, "\(commas)")
        }
    }
}
