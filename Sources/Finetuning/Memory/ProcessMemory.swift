/// What the program takes by itself, whatever it trains.
enum ProcessMemory {
    /// Its code and its libraries', stacks and the heap, in bytes. Measured: a trial on the smallest model.
    static let program = 34 << 20

    /// A tokenizer with so many tokens, in bytes. Measured: byte pair encoding of 49,152 takes 13 MB.
    static func tokenizer(vocabulary: Int) -> Int { 270 * vocabulary }
}
