/// What XLMRobertaTokenizer's class itself says.
enum XLMRobertaClass {
    static let name = "XLMRobertaTokenizer"

    private static let stages: [PreTokenizationStep] = [
        .blanks, .metaspace(replacement: 0x2581, prefix: .always, splits: true),
    ]

    /// The class takes the tokens and the rules for characters alone from tokenizer.json in some versions of transformers, and all of it in
    /// others.
    ///
    /// - Throws: ``TokenizerError`` where these are not the same.
    static func check(_ parts: BPEParts, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
        guard configuration.isOf([name]) else { return }
        func fail(_ what: String) -> TokenizerError {
            TokenizerError(
                place: parts.path,
                problem: "\(what), as its \(name) does; make them agree, or set tokenizer_class to PreTrainedTokenizerFast in "
                    + "tokenizer_config.json, with which tokenizer.json counts alone")
        }
        guard parts.preTokenization == stages, configuration.given.addsPrefixSpace != false else {
            throw fail("its pre_tokenizer does not split at blanks and put ▁ before each word")
        }
        guard parts.model.unigram != nil, parts.model.unknown == 3 else { throw fail("its model does not have 3 as unk_id") }
        let around = [configuration.given.bos?.text ?? "<s>", configuration.given.eos?.text ?? "</s>"]
        guard [parts.start, parts.end] == around.map({ parts.id(of: $0).map { [$0] } ?? [] }) else {
            throw fail("its post_processor does not put \(around[0]) before a text and \(around[1]) after it")
        }
    }
}
