import FoundationEssentials

/// A data file's rows as tokens, and what is to be answered: a label for each, or tokens of their own.
package struct TokenizedFile: Sendable, Hashable {
    private(set) var tokens: [Int32] = []
    private(set) var offsets: [Int] = [0]
    /// Of each example, the place of its label among the names.
    package private(set) var labels: [Int32] = []
    /// The labels; where rows have none, the one name of what rows they are.
    package private(set) var names: [String] = []
    /// Where each name is first found, from 1.
    package private(set) var lines: [Int] = []
    /// Of rows without a label, which of all tokens are to be predicted, in ascending order; no row's first is.
    private(set) var spans: [Range<Int>] = []
    /// Rows that lost their end, and rows that are left out since nothing of them is to be predicted then.
    package private(set) var (cut, dropped) = (0, 0)

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

    /// Of rows without a label.
    ///
    /// - Parameters:
    ///   - name: what rows they are.
    ///   - line: of the first.
    init<Row>(named name: String, line: Int, _ rows: [Row], encode: (Row) throws -> LanguageEncoder.Encoded) rethrows {
        (names, lines) = ([name], [line])
        for row in rows {
            let encoded = try encode(row)
            if encoded.isCut { cut += 1 }
            guard !encoded.labels.isEmpty else {
                dropped += 1
                continue
            }
            spans += encoded.labels.map { $0.lowerBound + tokens.count..<$0.upperBound + tokens.count }
            tokens += encoded.tokens
            offsets.append(tokens.count)
            labels.append(0)
        }
    }
}

extension TokenizedFile {
    /// The tokens that are to be predicted, each with its row, in their order.
    var answers: [(row: Int, token: Int)] {
        var row = 0
        return spans.flatMap { span in
            while offsets[row + 1] <= span.lowerBound { row += 1 }
            return span.map { (row, $0) }
        }
    }

    /// Four counts, the arrays one after another, the names' lengths and their bytes; of rows without a label three counts more and
    /// the spans' ends.
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
        if !spans.isEmpty || dropped > 0 {
            append([spans.count, cut, dropped])
            append(spans.map(\.lowerBound))
            append(spans.map(\.upperBound))
        }
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
            let labels = take(counts[1], of: Int32.self), rest.count >= counts[3], offsets.first == 0,
            offsets.last == tokens.count, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            labels.allSatisfy({ (0..<counts[2]).contains(Int($0)) })
        else { return nil }
        for length in lengths {
            guard let text = take(length, of: UInt8.self) else { return nil }
            names.append(String(decoding: text, as: UTF8.self))
        }
        (self.tokens, self.offsets, self.labels, self.lines) = (tokens, offsets, labels, lines)
        guard !rest.isEmpty else { return }
        guard let more = take(3, of: Int.self), more.allSatisfy({ (0..<1 << 40).contains($0) }),
            let starts = take(more[0], of: Int.self), let ends = take(more[0], of: Int.self), rest.isEmpty
        else { return nil }
        var end = 0
        for (start, next) in zip(starts, ends) {
            guard start >= end, start < next, next <= tokens.count else { return nil }
            spans.append(start..<next)
            end = next
        }
        (cut, dropped) = (more[1], more[2])
    }
}
