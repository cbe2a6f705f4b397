import FoundationEssentials
import TrainerSettings

/// What RobertaTokenizer's class itself says: its byte-level stages and, where no file names them, its special tokens.
enum RobertaClass {
    static let name = "RobertaTokenizer"

    /// The class's tokens, each as the files name it or as it is built in.
    private struct Named {
        let bos, eos, unk, sep, pad, cls, mask: AddedToken

        init(_ given: TokenizerConfiguration.Given) {
            bos = given.bos ?? AddedToken("<s>")
            eos = given.eos ?? AddedToken("</s>")
            unk = given.unk ?? AddedToken("<unk>")
            sep = given.sep ?? AddedToken("</s>")
            pad = given.pad ?? AddedToken("<pad>")
            cls = given.cls ?? AddedToken("<s>")
            mask = given.mask ?? AddedToken("<mask>")
        }

        /// In the order in which those that the vocabulary lacks get their ids.
        var all: [AddedToken] { [bos, eos, unk, sep, pad, cls, mask] }
    }

    private static func stages(_ given: TokenizerConfiguration.Given) -> [PreTokenizationStep] {
        [.byteLevel(prefixSpace: given.addsPrefixSpace ?? false, splits: true)]
    }

    /// Reads vocab.json and merges.txt, in a folder without tokenizer.json.
    ///
    /// - Throws: ``TokenizerError`` naming the file that is missing or damaged.
    static func parts(_ files: TokenizerFiles) throws(TokenizerError) -> BPEParts {
        guard let vocabulary = files.path(of: "vocab.json"), let merges = files.path(of: "merges.txt") else {
            throw TokenizerError(
                place: files.folder, problem: "has neither tokenizer.json, nor vocab.json and merges.txt, for its \(name)")
        }
        let reader = try BPEVocabularyReader(
            vocabulary: TokenizerJSON.Contents.bytes(file: vocabulary), merges: bytes(merges), paths: (vocabulary, merges))
        var parts = BPEParts(path: vocabulary)
        (parts.model, parts.others) = (reader.model, reader.others)
        parts.preTokenization = stages(files.configuration.given)
        parts.decoding = [.byteLevel]
        let named = Named(files.configuration.given)
        try number(&parts, named, files.configuration)
        func token(_ token: AddedToken) -> SpecialTokens.Token? { parts.token(named: token.text) }
        (parts.special.bos, parts.special.eos) = (token(named.bos), token(named.eos))
        (parts.special.pad, parts.special.unk) = (token(named.pad), token(named.unk))
        (parts.start, parts.end) = ([token(named.cls)?.id].compactMap(\.self), [token(named.sep)?.id].compactMap(\.self))
        return parts
    }

    private static func bytes(_ path: String) throws(TokenizerError) -> [UInt8] {
        do throws(RegularFileError) {
            return Array(try RegularFile.read(path, atMost: JSONInput.largest))
        } catch {
            throw TokenizerError(place: error.path, problem: error.problem)
        }
    }

    private static func number(
        _ parts: inout BPEParts, _ named: Named, _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        let read = parts
        let count = read.model.tokens.count + read.others.count
        let limit = max(read.model.tokens.idLimit, read.others.values.map { Int($0) + 1 }.max() ?? 0)
        var numbers = TokenNumbers(count: count, idLimit: limit, path: parts.path) { content in
            read.ofModel(AddedToken(content, isNormalized: false).text)
        }
        try numbers.add(configuration.stated)
        numbers.add(named.all)
        numbers.add(configuration.additional)
        (parts.added, parts.idLimit) = (numbers.added, numbers.idLimit)
        let special = Set((named.all + configuration.additional).map(\.content))
        parts.special.ids = Set(parts.added.filter { special.contains($0.token.content) }.map(\.id))
    }

    /// The class takes the vocabulary and the merges alone from tokenizer.json, and has the rest built in or in tokenizer_config.json;
    /// which of them counts differs by transformers' versions.
    ///
    /// - Throws: ``TokenizerError`` where they contradict each other.
    static func check(_ parts: BPEParts, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
        guard configuration.isOf([name]) else { return }
        func fail(_ what: String) -> TokenizerError {
            TokenizerError(
                place: parts.path,
                problem:
                    "\(what); make them agree, or set tokenizer_class to PreTrainedTokenizerFast in tokenizer_config.json, with which"
                    + " tokenizer.json counts alone")
        }
        let given = configuration.given
        guard parts.normalization.isEmpty, parts.preTokenization == stages(given) else {
            throw fail(
                "its normalizer and pre_tokenizer are not \(name)'s by tokenizer_config.json: none, and a ByteLevel with add_prefix_space"
                    + " \(given.addsPrefixSpace ?? false)")
        }
        let named = Named(given)
        let around = [named.cls, named.sep].map { parts.id(of: $0.text).map { [$0] } ?? [] }
        guard [parts.start, parts.end] == around else {
            throw fail(
                "its post_processor does not put \(named.cls.text) before a text and \(named.sep.text) after it, as its \(name) does"
            )
        }
    }
}
