/// SentencePiece's unigram models as Hugging Face's tokenizers have them: XLM-RoBERTa's.
///
/// Reads `tokenizer.json`. Its stages are those of ``BPETokenizer``; a word's tokens alone are found otherwise.
package struct UnigramTokenizer: Tokenizer {
    package static let modelType = "Unigram"
    package static let classes = [XLMRobertaClass.name]

    private let stages: BPETokenizer

    package init(_ files: TokenizerFiles) throws(TokenizerError) {
        guard let json = files.json else {
            throw TokenizerError(
                place: files.folder,
                problem:
                    "has no tokenizer.json, which the tokenizer class '\(files.configuration.tokenizerClass ?? "")' is read from; "
                    + "make one of its sentencepiece.bpe.model: python -c \"import sys; from transformers import AutoTokenizer; "
                    + "AutoTokenizer.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])\" FOLDER")
        }
        stages = try BPETokenizer(BPEParts(json, files.configuration), of: Self.modelType)
    }

    package var special: SpecialTokens { stages.special }
    package var idLimit: Int { stages.idLimit }
    package var summary: String { stages.summary }

    package func encode(_ text: String, maxLength: Int) -> [Int32] { stages.encode(text, maxLength: maxLength) }
    package func encode(_ text: String, special: Bool) -> [Int32] { stages.encode(text, special: special) }
    package func encode(_ chat: RenderedChat) -> LabeledTokens { stages.encode(chat) }
    package func decode(_ ids: [Int32], skippingSpecial: Bool) -> String {
        stages.decode(ids, skippingSpecial: skippingSpecial)
    }
}
