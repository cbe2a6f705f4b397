import TrainerSettings

/// A token that a post-processor puts before or after each text.
struct Framing: Hashable {
    let token: String
    let ids: [Int]

    /// The tokens of a TemplateProcessing around its one text.
    static func template(_ part: JSONPart) throws(TokenizerError) -> (start: [Framing], end: [Framing]) {
        guard case .array(let pieces)? = part["single"] else { throw part.fail("the post_processor lacks a list 'single'") }
        var around: (start: [Framing], end: [Framing]) = ([], [])
        var hasText = false
        for value in pieces {
            guard case .object(let piece) = value else {
                throw part.fail("the post_processor's 'single' has a piece that is no object")
            }
            if case .object(let sequence)? = piece["Sequence"], sequence["id"] == .string("A"), !hasText {
                hasText = true
            } else if case .object(let special)? = piece["SpecialToken"], let name = special["id"]?.text {
                let token = try stated(name, part)
                if hasText { around.end.append(token) } else { around.start.append(token) }
            } else {
                throw part.fail("the post_processor's 'single' has a piece that is neither its text nor a SpecialToken")
            }
        }
        guard hasText else { throw part.fail("the post_processor's 'single' lacks the text") }
        return around
    }

    private static func stated(_ name: String, _ part: JSONPart) throws(TokenizerError) -> Framing {
        guard case .object(let all)? = part["special_tokens"], case .object(let token)? = all[name],
            case .array(let values)? = token["ids"]
        else { throw part.fail("the post_processor lacks the ids of '\(name)' in 'special_tokens'") }
        return Framing(token: name, ids: values.map { $0.integer ?? -1 })
    }

    /// A token and its id as a list of two.
    static func pair(_ part: JSONPart, _ key: String) throws(TokenizerError) -> Framing {
        guard case .array(let pair)? = part[key], pair.count == 2, let token = pair[0].text, let id = pair[1].integer else {
            throw part.fail("the post_processor '\(part.type)' lacks '\(key)', a token and its id")
        }
        return Framing(token: token, ids: [id])
    }
}
