import FoundationEssentials

/// A data file's texts as tokens, and its labels by the names that the file has.
package struct TokenizedFile: Sendable, Hashable {
    private(set) var tokens: [Int32] = []
    private(set) var offsets: [Int] = [0]
    /// Of each example, the place of its label among the names.
    package private(set) var labels: [Int32] = []
    package private(set) var names: [String] = []
    /// Where each name is first found, from 1.
    package private(set) var lines: [Int] = []

    init(_ examples: [LabeledText], encode: (String) -> [Int32]) {
        var places: [String: Int32] = [:]
        for example in examples {
            tokens += encode(example.text)
            offsets.append(tokens.count)
            let place = places[example.label] ?? Int32(names.count)
            if place == names.count {
                places[example.label] = place
                names.append(example.label)
                lines.append(example.line)
            }
            labels.append(place)
        }
    }
}

extension TokenizedFile {
    /// Four counts, the arrays one after another, the names' lengths and their bytes.
    var encoded: [UInt8] {
        let texts = names.map { Array($0.utf8) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * tokens.count + 12 * offsets.count + 64 * (names.count + 1))
        func append<Number>(_ numbers: [Number]) { numbers.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        append([tokens.count, labels.count, names.count, texts.reduce(0) { $0 + $1.count }])
        append(offsets)
        append(lines)
        append(texts.map(\.count))
        append(tokens)
        append(labels)
        for text in texts { append(text) }
        return bytes
    }

    /// nil for what ``encoded`` never gives.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        func take<Number: BitwiseCopyable>(_ count: Int, of type: Number.Type = Number.self) -> [Number]? {
            let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Number>.size)
            guard !overflow, size >= 0, size <= rest.count else { return nil }
            let numbers = [Number](unsafeUninitializedCapacity: count) { buffer, filled in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(size)))
                filled = count
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size))
            return numbers
        }
        guard let counts = take(4, of: Int.self), counts.allSatisfy({ (0..<1 << 40).contains($0) }),
            let offsets = take(counts[1] + 1, of: Int.self), let lines = take(counts[2], of: Int.self),
            let lengths = take(counts[2], of: Int.self), let tokens = take(counts[0], of: Int32.self),
            let labels = take(counts[1], of: Int32.self), rest.count == counts[3], offsets.first == 0,
            offsets.last == tokens.count, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            labels.allSatisfy({ (0..<counts[2]).contains(Int($0)) })
        else { return nil }
        for length in lengths {
            guard let text = take(length, of: UInt8.self) else { return nil }
            names.append(String(decoding: text, as: UTF8.self))
        }
        guard rest.isEmpty else { return nil }
        (self.tokens, self.offsets, self.labels, self.lines) = (tokens, offsets, labels, lines)
    }
}
