import FoundationEssentials
import TrainerSettings

/// Reads the stages of a tokenizer.json. What is not known here is refused by its name.
enum StageReader {
    static func normalization(_ part: JSONPart?) throws(TokenizerError) -> [NormalizationStep] {
        guard let part else { return [] }
        switch part.type {
        case "NFC": return [.composition]
        case "Prepend":
            let prefix = try scalars(bounded(part.text("prepend"), in: part))
            return prefix.isEmpty ? [] : [.prepend(prefix)]
        case "Replace":
            let (text, isRegex) = try part.pattern("pattern")
            if isRegex, text == " {2,}", try part.text("content") == " " { return [.singleBlanks] }
            guard !isRegex else {
                throw part.fail("a Replace normalizer with the regular expression '\(text)' is not supported")
            }
            return [
                .replace(scalars(try bounded(text, in: part)), with: scalars(try bounded(part.text("content"), in: part)))
            ]
        case "Sequence":
            var steps: [NormalizationStep] = []
            for inner in try part.parts("normalizers") { steps += try normalization(inner) }
            return steps
        case "Precompiled":
            let text = try part.text("precompiled_charsmap")
            guard let bytes = Data(base64Encoded: text), let map = CharacterMap(Array(bytes)) else {
                throw part.fail("the Precompiled normalizer's 'precompiled_charsmap' is damaged")
            }
            return [.characters(map)]
        default: throw part.unsupported(only: "NFC, Prepend, Replace, Precompiled, Sequence")
        }
    }

    static func preTokenization(_ part: JSONPart?) throws(TokenizerError) -> [PreTokenizationStep] {
        guard let part else { return [] }
        switch part.type {
        case "ByteLevel":
            return [
                .byteLevel(
                    prefixSpace: try part.flag("add_prefix_space", default: true),
                    splits: try part.flag("use_regex", default: true))
            ]
        case "Split": return [try split(part)]
        case "Digits": return [.digits(individual: try part.flag("individual_digits", default: false))]
        case "WhitespaceSplit": return [.blanks]
        case "Metaspace": return [try metaspace(part)]
        case "Sequence":
            var steps: [PreTokenizationStep] = []
            for inner in try part.parts("pretokenizers") { steps += try preTokenization(inner) }
            return steps
        default: throw part.unsupported(only: "ByteLevel, Split, Digits, WhitespaceSplit, Metaspace, Sequence")
        }
    }

    private static func split(_ part: JSONPart) throws(TokenizerError) -> PreTokenizationStep {
        let (text, isRegex) = try part.pattern("pattern")
        let inverts = try part.flag("invert", default: false)
        let named = try part.text("behavior")
        guard let behavior = SplitBehavior(rawValue: named) else {
            throw part.fail("the Split's behavior '\(named)' is not known")
        }
        guard isRegex else {
            guard !inverts else { throw part.fail("a Split at a String with invert is not supported") }
            return .text(scalars(try bounded(text, in: part)), behavior)
        }
        guard let pattern = SplitPattern.known[text] else {
            throw part.fail(
                "a Split with the regular expression \(text.prefix(200)) is not supported (supported: those of GPT-2, Llama 3, Qwen2 and "
                    + "Qwen3.5)")
        }
        // These patterns match each character, so that nothing lies between two matches.
        guard behavior == .isolated || behavior == .removed && inverts else {
            throw part.fail(
                "a Split at a regular expression with the behavior '\(named)' is not supported (supported: Isolated)")
        }
        return .pattern(pattern)
    }

    private static func metaspace(_ part: JSONPart) throws(TokenizerError) -> PreTokenizationStep {
        let sign = try scalars(part.text("replacement"))
        guard sign.count == 1 else { throw part.fail("the Metaspace's replacement is no single character") }
        var prefix = PreTokenizationStep.Prefix.always
        if let named = part["prepend_scheme"]?.text {
            guard let scheme = PreTokenizationStep.Prefix(rawValue: named) else {
                throw part.fail("the Metaspace's prepend_scheme '\(named)' is not known (known: always, never, first)")
            }
            prefix = scheme
        } else if try !part.flag("add_prefix_space", default: true) {
            prefix = .never
        }
        return .metaspace(replacement: sign[0], prefix: prefix, splits: try part.flag("split", default: true))
    }

    static func decoding(_ part: JSONPart?) throws(TokenizerError) -> [TokenDecoder.Step] {
        guard let part else { return [] }
        switch part.type {
        case "ByteLevel": return [.byteLevel]
        case "ByteFallback": return [.byteFallback]
        case "Fuse": return [.fuse]
        case "Replace":
            let (text, isRegex) = try part.pattern("pattern")
            guard !isRegex else { throw part.fail("a Replace decoder with the regular expression '\(text)' is not supported") }
            return [
                .replace(
                    Array(try bounded(text, in: part).utf8), with: Array(try bounded(part.text("content"), in: part).utf8))
            ]
        case "Strip":
            let counts = (part["start"]?.integer ?? 0, part["stop"]?.integer ?? 0)
            guard (0...1000).contains(counts.0), (0...1000).contains(counts.1) else {
                throw part.fail("the decoder 'Strip' has counts that are none")
            }
            return [.strip(Array(try bounded(part.text("content"), in: part).utf8), start: counts.0, end: counts.1)]
        case "Metaspace":
            guard case .metaspace(let sign, let prefix, _) = try metaspace(part), let scalar = Unicode.Scalar(sign) else {
                throw part.unsupported(only: "Metaspace")
            }
            return [.metaspace(Array(String(scalar).utf8), dropsFirst: prefix != .never)]
        case "Sequence":
            var steps: [TokenDecoder.Step] = []
            for inner in try part.parts("decoders") { steps += try decoding(inner) }
            return steps
        default: throw part.unsupported(only: "ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, Sequence")
        }
    }

    /// What stands before and after each text.
    static func framing(_ part: JSONPart?) throws(TokenizerError) -> (start: [Framing], end: [Framing]) {
        guard let part else { return ([], []) }
        switch part.type {
        case "ByteLevel": return ([], [])
        case "TemplateProcessing": return try Framing.template(part)
        case "BertProcessing", "RobertaProcessing":
            return (try [Framing.pair(part, "cls")], try [Framing.pair(part, "sep")])
        case "Sequence":
            var all: (start: [Framing], end: [Framing]) = ([], [])
            for inner in try part.parts("processors") {
                let (start, end) = try framing(inner)
                all = (start + all.start, all.end + end)
            }
            return all
        default: throw part.unsupported(only: "TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing, Sequence")
        }
    }

    /// What is looked for at each place of a text, or put there.
    private static func bounded(_ text: String, in part: JSONPart) throws(TokenizerError) -> String {
        guard text.utf8.count <= 256 else {
            throw part.fail("the \(part.name) '\(part.type)' has a text of \(text.utf8.count) bytes, expected 256 at most")
        }
        return text
    }

    /// Refuses steps that would take too long one after another, or that make much of little.
    ///
    /// - Parameter growth: of each step, how many times as long a text can be after it.
    static func check(_ growth: [Double], of name: String, in path: String) throws(TokenizerError) {
        guard growth.count <= 64 else {
            throw TokenizerError(place: path, problem: "its \(name) has \(growth.count) steps, expected 64 at most")
        }
        guard growth.reduce(1, *) <= 64 else {
            throw TokenizerError(place: path, problem: "the steps of its \(name) make texts more than 64 times as long")
        }
    }

    static func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
}
