/// A TensorBoard event file: TFRecords, each with its length, both guarded by CRC-32C, of Event messages.
struct EventFile {
    /// What TensorBoard knows a file of events by.
    static let name = "events.out.tfevents.autolora"

    private(set) var bytes: [UInt8] = []

    /// What comes behind a file that has begun.
    init() {}

    /// A file's beginning.
    ///
    /// - Parameter time: seconds since 1970.
    init(at time: Double) {
        var event = ProtocolBuffer()
        event.add(1, time)
        event.add(3, "brain.Event:2")
        record(event)
    }

    /// A figure at a step.
    mutating func add(_ tag: String, _ value: Double, step: Int, at time: Double) {
        var entry = ProtocolBuffer()
        entry.add(1, tag)
        entry.add(2, Float(value))
        summary(entry, step: step, at: time)
    }

    /// What a plugin reads from its tag.
    mutating func add(_ tag: String, plugin: String, _ content: ProtocolBuffer, at time: Double) {
        var data = ProtocolBuffer()
        data.add(1, plugin)
        data.add(2, content)
        var metadata = ProtocolBuffer()
        metadata.add(1, data)
        var entry = ProtocolBuffer()
        entry.add(1, tag)
        entry.add(9, metadata)
        summary(entry, step: 0, at: time)
    }

    private mutating func summary(_ entry: ProtocolBuffer, step: Int, at time: Double) {
        var summary = ProtocolBuffer()
        summary.add(1, entry)
        var event = ProtocolBuffer()
        event.add(1, time)
        event.add(2, step)
        event.add(5, summary)
        record(event)
    }

    private mutating func record(_ event: ProtocolBuffer) {
        let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { Array($0) }
        bytes += length
        append(Self.guarded(length))
        bytes += event.bytes
        append(Self.guarded(event.bytes))
    }

    private mutating func append(_ sum: UInt32) { withUnsafeBytes(of: sum.littleEndian) { bytes += $0 } }

    /// TensorFlow's masked CRC-32C.
    private static func guarded(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = ~0
        for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8) }
        sum = ~sum
        return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
    }

    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
    }
}
