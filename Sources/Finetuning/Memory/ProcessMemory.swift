/// What the program takes by itself, whatever it trains.
enum ProcessMemory {
    /// Its code and its libraries', stacks, the heap, and the tokenizer, in bytes. Measured: a trial on the smallest model.
    static let program = 48 << 20
}
