import Synchronization

/// The tokens of words that were met before: texts are made of few different words.
///
/// Whoever finds the cache in use by another thread works with one of its own, so that nobody waits.
final class WordCache: Sendable {
    private let words = Mutex(CachedWords())

    func use(_ body: (inout CachedWords) -> Void) {
        let isDone: Void? = words.withLockIfAvailable { body(&$0) }
        guard isDone == nil else { return }
        var own = CachedWords()
        body(&own)
    }
}

/// Words by their bytes, with the tokens of each, in a few arrays whose size is bounded.
struct CachedWords {
    /// Longer words seldom come twice.
    static let longest = 64
    private static let slotCount = 1 << 15
    private static let most = slotCount / 2

    private struct Entry {
        var hash: UInt64 = 0
        /// Plus 1, so that 0 is an empty slot.
        var word = 0
        var tokens = 0
        var length: Int16 = 0
        var tokenCount: Int16 = 0
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var tokens: [Int32] = []
    private var count = 0
    /// For words that are met for the first time.
    var merging = SymbolMerging()

    /// Appends the word's tokens, and says whether they were there.
    func append(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, to ids: inout [Int32]) -> Bool {
        guard !entries.isEmpty else { return false }
        let entry = entries[slot(of: word, hash)]
        guard entry.word > 0 else { return false }
        ids.append(contentsOf: tokens[entry.tokens..<(entry.tokens + Int(entry.tokenCount))])
        return true
    }

    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ ids: ArraySlice<Int32>) {
        guard word.count <= Self.longest else { return }
        if entries.isEmpty || count == Self.most {
            entries = [Entry](repeating: Entry(), count: Self.slotCount)
            bytes.removeAll(keepingCapacity: true)
            tokens.removeAll(keepingCapacity: true)
            count = 0
        }
        let slot = slot(of: word, hash)
        entries[slot] = Entry(
            hash: hash, word: bytes.count + 1, tokens: tokens.count, length: Int16(word.count), tokenCount: Int16(ids.count))
        bytes.append(contentsOf: word)
        tokens.append(contentsOf: ids)
        count += 1
    }

    private func slot(of word: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while entries[slot].word > 0 {
            let entry = entries[slot]
            if entry.hash == hash, Int(entry.length) == word.count,
                word.indices.allSatisfy({ bytes[entry.word - 1 + $0] == word[$0] })
            {
                return slot
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return slot
    }
}
