package import Tensors

/// Memory for the activations of one pass, cut from large pieces, which the system backs with large pages.
package struct Arena {
    private var pieces: [FloatStorage] = []
    /// nil: memory is given.
    private var plan: ArenaPlan?
    private var places = ArenaPlaces()

    package init() {}

    /// Room for so many floats, at a cache line; what is never written takes no memory.
    ///
    /// - Parameter trainingAlone: whether nothing is written there in an evaluation.
    package mutating func take(_ count: Int, trainingAlone: Bool = false) -> Floats {
        let place = places.next(count)
        if plan != nil {
            plan?.parts.append(ArenaPlan.Part(count: count, trainingAlone: trainingAlone))
            return ArenaPlan.nowhere
        }
        if place.piece == pieces.count { pieces.append(FloatStorage(count: place.pieceCount)) }
        return pieces[place.piece].base + place.start
    }

    /// What is taken, without memory: nothing may be written there.
    package static func planned(_ take: (inout Arena) -> Void) -> ArenaPlan {
        var arena = Arena()
        arena.plan = ArenaPlan()
        take(&arena)
        return arena.plan ?? ArenaPlan()
    }
}

/// Where in its pieces an arena puts what is taken one after another.
private struct ArenaPlaces {
    private static let leastPiece = 8 << 20

    private var piece = -1
    /// Floats of the last piece, and how many of them are taken.
    private var (pieceCount, taken) = (0, 0)

    mutating func next(_ count: Int) -> (piece: Int, pieceCount: Int, start: Int) {
        let lines = (count + 15) / 16 * 16
        if piece < 0 || pieceCount - taken < lines {
            piece += 1
            (pieceCount, taken) = (max(lines, Self.leastPiece), 0)
        }
        defer { taken += lines }
        return (piece, pieceCount, taken)
    }
}

/// What is taken of an arena.
package struct ArenaPlan: Sendable, Hashable {
    fileprivate struct Part: Sendable, Hashable {
        let count: Int
        let trainingAlone: Bool
    }

    fileprivate var parts: [Part] = []

    package init() {}

    /// Bytes of the pages that are written, when as much is taken as here and the first floats of each part are written.
    ///
    /// - Parameters:
    ///   - training: how much of each part training writes: what would be taken for its largest batch.
    ///   - evaluation: the same for an evaluation, which leaves some parts as they are.
    package func memory(training: ArenaPlan, evaluation: ArenaPlan) -> Int {
        precondition(training.parts.count == parts.count && evaluation.parts.count == parts.count, "parts of other buffers")
        var (places, bytes) = (ArenaPlaces(), 0)
        var (piece, end) = (-1, 0)
        for (number, part) in parts.enumerated() {
            let place = places.next(part.count)
            if place.piece != piece { (piece, end) = (place.piece, 0) }
            let written = max(training.parts[number].count, part.trainingAlone ? 0 : evaluation.parts[number].count)
            guard written > 0 else { continue }
            let float = MemoryLayout<Float>.stride
            let first = max(end, place.start * float / MemoryPages.large * MemoryPages.large)
            end = max(end, MemoryPages.whole((place.start + written) * float, of: MemoryPages.large))
            bytes += max(0, min(end, MemoryPages.whole(place.pieceCount * float)) - first)
        }
        return bytes
    }

    fileprivate static var nowhere: Floats {
        guard let address = Floats(bitPattern: 64) else { preconditionFailure("an address that is none") }
        return address
    }
}

/// The largest part of a batch that there is room for.
package struct Capacity: Sendable, Hashable {
    package var tokens: Int
    /// Those that are wanted of the last layer.
    package var rows: Int
    /// Tokens of the longest sequence.
    package var longest: Int

    package init(tokens: Int = 0, rows: Int = 0, longest: Int = 0) {
        self.tokens = tokens
        self.rows = rows
        self.longest = longest
    }

    package func holds(_ other: Capacity) -> Bool {
        tokens >= other.tokens && rows >= other.rows && longest >= other.longest
    }

    /// The least that holds both.
    package func union(_ other: Capacity) -> Capacity {
        Capacity(tokens: max(tokens, other.tokens), rows: max(rows, other.rows), longest: max(longest, other.longest))
    }

    /// Room for both, rounded up so that a slightly larger batch fits too.
    package func growing(to other: Capacity) -> Capacity {
        func up(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
        return Capacity(
            tokens: max(tokens, up(other.tokens, 32)), rows: max(rows, up(other.rows, 16)),
            longest: max(longest, up(other.longest, 16)))
    }
}
