import FoundationEssentials
import TrainerSettings

/// How a launch that ran elsewhere ended, as its supervisor saw it: end.json.
package struct LaunchEnd: Sendable, Hashable, Codable {
    package enum Why: String, Sendable, Hashable, Codable {
        /// The trial ended by itself, or one of its own limits ended it.
        case exit
        /// The controller wanted it.
        case order
        /// Its job's time was over.
        case time
        /// The cluster, or somebody, told it to end.
        case signal
    }

    package var completion: Completion
    package var why: Why
    package var reports: Int
    /// From its process's start to its end.
    package var seconds: Double
    package var job: String?
    package var node: String
}

/// A line of a launch's `order`.
struct LaunchOrder: Sendable, Hashable, Codable {
    var n: Int
    var `do`: Directive

    /// The orders in a file's whole lines.
    static func all(in bytes: [UInt8]) -> [LaunchOrder] {
        let whole = bytes[..<(bytes.lastIndex(of: 0x0A) ?? 0)]
        return whole.split(separator: 0x0A).compactMap { line in
            try? JSONInput.decode(LaunchOrder.self, from: .init(line), of: "order")
        }
    }
}

/// A line of a launch's `reports`.
enum ReportMail {
    static func line(_ report: ReportLine) -> [UInt8] {
        guard let bytes = try? JSONWriter.data(report, .exact) else { return [] }
        return Array(bytes) + [0x0A]
    }

    static func report(in line: [UInt8]) -> ReportLine? {
        try? JSONInput.decode(
            ReportLine.self, from: .init(line), of: "reports", JSONDecoding(wordsAreNumbers: true))
    }

    /// Said once end.json is there: whoever looks for a name too soon may not find it for a minute.
    static let end = Array("{\"autolora_end\":true}\n".utf8)
    static func isEnd(_ line: [UInt8]) -> Bool { line == end.dropLast() }
}
