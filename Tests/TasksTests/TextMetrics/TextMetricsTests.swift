import FoundationEssentials
import Testing
import TrainerSettings

@testable import Tasks

/// Scores of texts beside those of the packages that they are named after (Fixtures/make_text_metrics.py).
@Suite struct TextMetricsTests {
    private struct Golden: Decodable {
        struct Row: Decodable {
            let text: String
            let reference: String
            let bleu: Double
            // swift-format-ignore: AlwaysUseLowerCamelCase
            let rouge_l: Double
            let f1: Double
            let exact: Bool
            let normalized: Bool
        }

        let signature: String
        let bleu: Double
        let rows: [Row]
    }

    /// The fixture's pairs, or those of a larger file that AUTOLORA_TEXT_METRICS names.
    private let golden: Golden

    init() throws {
        let larger = ProcessInfo.processInfo.environment["AUTOLORA_TEXT_METRICS"]
        golden = try JSONInput.read(Golden.self, file: larger ?? TinyModel.here + "/Fixtures/text-metrics.json")
    }

    @Test func `each text has the scores of sacrebleu, rouge-score and SQuAD's script`() {
        #expect(golden.rows.count >= 60 && golden.signature.hasPrefix("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|"))
        for (number, row) in golden.rows.enumerated() {
            let (text, reference) = (row.text, row.reference)
            #expect(abs(BLEU(text, reference: reference).score - row.bleu) < 1e-4, "\(number): \(text)")
            #expect(abs(RougeL.score(text, reference: reference) - row.rouge_l) < 1e-6, "\(number): \(text)")
            #expect(abs(AnswerMatch.f1(text, reference: reference) - row.f1) < 1e-6, "\(number): \(text)")
            #expect(AnswerMatch.isExact(text, reference: reference) == row.exact, "\(number): \(text)")
            #expect(AnswerMatch.isNormalizedExact(text, reference: reference) == row.normalized, "\(number): \(text)")
        }
    }

    @Test func `those of all texts are the packages' for a corpus`() throws {
        var written = WrittenTexts()
        for row in golden.rows { written.add(row.text, reference: row.reference) }
        let values = Dictionary(uniqueKeysWithValues: written.values.map { ($0.name, $0.value) })
        func mean(_ figure: (Golden.Row) -> Double) -> Double {
            golden.rows.reduce(0) { $0 + figure($1) } / Double(golden.rows.count)
        }
        #expect(abs(try #require(values["eval_bleu"]) - golden.bleu) < 1e-6)
        #expect(abs(try #require(values["eval_rouge_l"]) - mean(\.rouge_l)) < 1e-9)
        #expect(abs(try #require(values["eval_f1"]) - mean(\.f1)) < 1e-9)
        #expect(abs(try #require(values["eval_exact_match"]) - mean { $0.exact ? 1 : 0 }) < 1e-9)
        #expect(abs(try #require(values["eval_normalized_match"]) - mean { $0.normalized ? 1 : 0 }) < 1e-9)
    }

    @Test func `no texts have no scores, one has no standard errors, and more texts have smaller ones`() throws {
        var written = WrittenTexts()
        #expect(written.values.allSatisfy { $0.value.isNaN && $0.standardError == nil })
        for (index, row) in golden.rows.suffix(25).enumerated() {
            written.add(row.text, reference: row.reference)
            if index == 0 { #expect(written.values.allSatisfy { $0.value.isFinite && $0.standardError == nil }) }
        }
        var often = WrittenTexts()
        for _ in 0..<4 { for row in golden.rows.suffix(25) { often.add(row.text, reference: row.reference) } }
        for (few, many) in zip(written.values, often.values) {
            #expect(abs(few.value - many.value) < 1e-9)
            let (one, other) = (try #require(few.standardError), try #require(many.standardError))
            if one > 0 { #expect(abs(one / other / 2 - 1) < 0.08, "\(few.name): \(one), \(other)") }
        }
        #expect(often.count == 100 && written.values == written.values)
    }
}

@Suite struct RedrawnRowsTests {
    @Test func `of a mean it is the deviation by the root of the number of rows`() throws {
        let figures = (0..<60).map { Double($0 * 7 % 23) }
        let error = RedrawnRows.standardError(rows: 60) { rows in rows.reduce(0) { $0 + figures[$1] } / 60 }
        var mean = RowMean()
        for figure in figures { mean.add(figure) }
        // 2000 draws tell a deviation to 1.6 %.
        #expect(abs(try #require(error) / #require(mean.standardError) - 1) < 0.06)
    }

    @Test func `fewer than two rows have none`() {
        #expect(RedrawnRows.standardError(rows: 1) { _ in 1 } == nil)
        #expect(RedrawnRows.standardError(rows: 0) { _ in 1 } == nil)
        #expect(RedrawnRows.standardError(rows: 3) { _ in 1 } == 0)
    }
}
