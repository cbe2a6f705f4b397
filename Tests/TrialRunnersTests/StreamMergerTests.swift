import Testing

@testable import TrialRunners

struct StreamMergerTests {
    typealias Piece = (stream: StreamMerger.Stream, text: String)

    /// - Parameter isReleased: whether what waits is waited for no longer, at the end.
    private func merged(_ pieces: [Piece], isReleased: Bool = true) -> String {
        var merger = StreamMerger()
        var text = pieces.flatMap { merger.take(Array($0.text.utf8), from: $0.stream) }
        if isReleased { text += merger.release() }
        #expect(!isReleased || !merger.isHolding)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `A line that is written in pieces stays whole`() {
        let text = merged([(.output, "trial"), (.errors, "the loader died in worker 2\n"), (.output, " 2 begins\nnext\n")])
        #expect(text == "trial 2 begins\nnext\nthe loader died in worker 2\n")
    }

    @Test func `What comes of one stream alone is not held back`() {
        #expect(merged([(.errors, "half"), (.errors, " a line")], isReleased: false) == "half a line")
    }

    @Test func `A progress bar ends its line with each picture`() {
        let text = merged(
            [(.errors, "\r10%"), (.output, "{'loss': 1}\n"), (.errors, "\r20%"), (.errors, "\r30%")], isReleased: false)
        #expect(text == "\r10%\r{'loss': 1}\n20%\r30%")
    }

    @Test func `Behind a line that does not end, what waits gets one of its own`() {
        #expect(merged([(.errors, "Password: "), (.output, "step 1\nst")]) == "Password: \nstep 1\nst")
        #expect(merged([(.errors, "Password: "), (.output, "step 1\n")], isReleased: false) == "Password: ")
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `Whatever the pieces, each line stands there whole, and once`(seed: UInt64)
    {
        var generator = Dice(state: seed)
        var rest: [StreamMerger.Stream: Substring] = [:]
        var lines: [String] = []
        for (stream, letter) in [(StreamMerger.Stream.output, "o"), (.errors, "e")] {
            let own = (0..<20).map { "\(letter)\($0) " + String(repeating: letter, count: generator.below(12)) }
            rest[stream] = own.map { $0 + "\n" }.joined()[...]
            lines += own
        }
        var pieces: [Piece] = []
        while let stream = rest.filter({ !$0.value.isEmpty }).keys.sorted(by: { "\($0)" < "\($1)" }).randomElement(
            using: &generator)
        {
            let piece = rest[stream]?.prefix(1 + generator.below(9)) ?? ""
            rest[stream]?.removeFirst(piece.count)
            pieces.append((stream, String(piece)))
        }
        let text = merged(pieces)
        #expect(text.split(separator: "\n").map(String.init).sorted() == lines.sorted())
        #expect(text.utf8.count == lines.reduce(0) { $0 + $1.utf8.count + 1 })
    }
}

/// A seeded generator (Steele and others 2014).
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
