import Backbones
import Tokenizers
import TrainerSettings

/// The lengths of some of a file's rows in a model's tokens, as training would have them.
struct TokenCounts: Sendable {
    let lengths: LengthSpread
    /// By which conversations were written, where the model has no template of its own.
    private(set) var chatTemplate: String?
    private let positions: Int

    private static let most = 1000
    /// For conversations that the model has no template for.
    private static let usualTemplate = "chatml"

    /// - Throws: an error naming the file of the model that is wrong, or the line of a row that cannot be written.
    init(_ rows: SurveyRows, model: String, file: String) throws {
        let configuration = try Architectures.configuration(of: model)
        positions = configuration.positionCount
        if !rows.language.isEmpty, let lack = CausalLMHead.lack(of: configuration) {
            throw InputError(place: model, problem: lack)
        }
        let tokenizer = try ModelTokenizer(modelFolder: model)
        guard let first = rows.language.first else {
            let sample = WritingSample.rows(rows.labeled, count: Self.most)
            lengths = LengthSpread(sample.map { tokenizer.encode($0.text, maxLength: 1 << 20).count })
            return
        }
        var settings = TrainerSettings()
        (settings.model, settings.maxLength) = (model, 1 << 20)
        if first.kind == .conversation, (try? tokenizer.chatTemplate(named: nil)) == nil {
            settings.chatTemplate = Self.usualTemplate
            chatTemplate = Self.usualTemplate
        }
        let encoder = try LanguageEncoder(tokenizer, settings, for: first.kind)
        var counts: [Int] = []
        for row in WritingSample.rows(rows.language, count: Self.most) {
            counts.append(try encoder.encode(row, file: file).tokens.count)
        }
        lengths = LengthSpread(counts)
    }

    /// nil where the model takes every row that was looked at whole.
    var tooLong: SurveyFinding? {
        let share = lengths.share(above: positions)
        guard share > 0 else { return nil }
        return SurveyFinding(
            .longTexts, Int((share * Double(lengths.count)).rounded(.up)),
            "\(FileSurvey.percent(share)) of the texts have more than the \(positions) tokens that the model takes",
            do: "they lose their end: shorten them, or cut them into several")
    }
}
