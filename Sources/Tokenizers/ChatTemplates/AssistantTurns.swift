/// How a family of templates writes an assistant's turn, for those that do not mark it themselves.
///
/// What counts is what TRL's own copies of such templates mark: from after the turn's header to its end's sign, with the line's end after it
/// where there is one.
struct AssistantTurns: Sendable {
    let start: String
    let end: String
    /// Whether the conversation's last turn is followed by the model's end of text, which then counts too.
    var endsText = false

    /// In templates, a family's signs stand as texts.
    private static let families: [(signs: [String], turns: AssistantTurns)] = [
        (["<|im_start|>", "<|im_end|>"], AssistantTurns(start: "<|im_start|>assistant\n", end: "<|im_end|>")),
        (
            ["<|start_header_id|>", "<|eot_id|>"],
            AssistantTurns(start: "<|start_header_id|>assistant<|end_header_id|>\n\n", end: "<|eot_id|>")
        ),
        (["<start_of_turn>", "<end_of_turn>"], AssistantTurns(start: "<start_of_turn>model\n", end: "<end_of_turn>")),
        (["<|end|>", "<|assistant|>"], AssistantTurns(start: "<|assistant|>\n", end: "<|end|>", endsText: true)),
    ]

    /// nil: of none that is known.
    static func family(of source: String) -> AssistantTurns? {
        let bytes = Array(source.utf8)
        func has(_ sign: String) -> Bool { !PythonText.places(of: Array(sign.utf8), in: bytes).isEmpty }
        return families.first { $0.signs.allSatisfy(has) }?.turns
    }

    /// Where the assistant's turns are, and how many there are.
    ///
    /// - Parameter isWhole: whether each turn has its end.
    func spans(in text: String, isWhole: Bool, eos: String?) -> (ranges: [Range<Int>], turns: Int) {
        let (bytes, sign) = (Array(text.utf8), Array(end.utf8))
        let (starts, ends) = (PythonText.places(of: Array(start.utf8), in: bytes), PythonText.places(of: sign, in: bytes))
        var (ranges, rest): ([Range<Int>], ArraySlice<Int>) = ([], ends[...])
        for start in starts {
            let first = start + self.start.utf8.count
            while let end = rest.first, end < first { rest.removeFirst() }
            guard let end = rest.first else { break }
            var stop = end + sign.count
            if stop < bytes.count, bytes[stop] == UInt8(ascii: "\n") { stop += 1 }
            ranges.append(first..<stop)
        }
        let turns = ranges.count
        if endsText, isWhole, let eos, let last = ranges.last, bytes[last.upperBound...].elementsEqual(eos.utf8) {
            ranges.append(last.upperBound..<bytes.count)
        }
        return (ranges, turns)
    }
}
