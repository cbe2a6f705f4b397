import Foundation
import SearchSpaces

/// A reader with one of every fault, for the tests of what is to find them.
struct MisbehavingFormat: Format {
    static let name = "misbehaving"

    private let path: String

    init(folder: String) throws { path = folder + "/x" }

    var file: String? { path }

    /// A single byte, which says what happens.
    func input(using random: inout SeededGenerator) -> [UInt8] { [UInt8(random.below(60))] }

    func read(_ input: [UInt8]) throws {
        switch input.first {
        case 0: preconditionFailure("a trap")
        case 1: while true { _ = input.count }
        case 2: _ = [UInt8](repeating: 1, count: 128 << 20).last
        case 3: throw Refusal(description: "something is wrong somewhere")
        case 4: throw Refusal(description: "\(path):99: is wrong")
        case 5: throw Refusal(description: "\(path):1: is wrong")
        default: break
        }
    }

    private struct Refusal: Error, CustomStringConvertible { let description: String }
}

/// A reader that waits for what does not come, and takes no CPU time for it.
struct WaitingFormat: Format {
    static let name = "waiting"

    init(folder: String) throws {}

    var file: String? { nil }

    func input(using random: inout SeededGenerator) -> [UInt8] { [0] }

    func read(_ input: [UInt8]) throws {
        // The writing end stays open, and nobody writes.
        var (ends, byte): ([Int32], UInt8) = ([0, 0], 0)
        guard pipe(&ends) == 0 else { return }
        Foundation.read(ends[0], &byte, 1)
    }
}
