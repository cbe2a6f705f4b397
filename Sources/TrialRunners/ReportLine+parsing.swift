import FoundationEssentials
import TrainerSettings

extension ReportLine {
    /// Longer lines are log: no report is.
    static let longest = 64 * 1024

    /// Reads a line as a report: a JSON object, or a dictionary as Python prints it, that bears the metric as a number.
    ///
    /// NaN and Infinity are numbers, as are texts that hold one (`{'eval_accuracy': '0.81'}`, as transformers 5 prints).
    package init?(line: some Collection<UInt8>, metric: String) {
        let spaces: Set<UInt8> = [0x20, 0x09, 0x0D]
        guard let first = line.first(where: { !spaces.contains($0) }), first == UInt8(ascii: "{"), line.count <= Self.longest
        else { return nil }
        guard let fields = Self.fields(of: Data(line)), let value = fields[metric].flatMap(Self.number) else { return nil }
        var metrics: [String: Double] = [:]
        for (name, field) in fields where name != metric && name != "step" { metrics[name] = Self.number(field) }
        self.init(step: fields["step"].flatMap(Self.number).flatMap(Int.init(exactly:)), value: value, metrics: metrics)
    }

    private static func fields(of data: Data) -> [String: SettingValue]? {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        if let fields = try? decoder.decode([String: SettingValue].self, from: data) { return fields }
        return try? decoder.decode([String: SettingValue].self, from: pythonWordsReplaced(in: data))
    }

    private static func number(_ field: SettingValue) -> Double? {
        field.number ?? field.text.flatMap { Double($0.trimmingPrefix { $0 == " " }) }
    }

    /// True, False, None, nan and inf as JSON5 writes them, outside of quotes.
    private static func pythonWordsReplaced(in data: Data) -> Data {
        let words = ["True": "true", "False": "false", "None": "null", "nan": "NaN", "inf": "Infinity"]
        var (result, word): ([UInt8], [UInt8]) = ([], [])
        var quote: UInt8?
        var escaped = false
        func flush() {
            result += words[String(decoding: word, as: UTF8.self)].map { Array($0.utf8) } ?? word
            word = []
        }
        for byte in data {
            let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if quote == nil, isLetter {
                word.append(byte)
                continue
            }
            flush()
            result.append(byte)
            if let open = quote {
                if byte == open, !escaped { quote = nil }
                escaped = byte == UInt8(ascii: "\\") && !escaped
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            }
        }
        flush()
        return Data(result)
    }
}

/// Cuts a stream of bytes into lines; what is longer than a report may be is passed over, never kept.
struct LineSplitter {
    private var line: [UInt8] = []
    private var tooLong = false

    mutating func take(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !tooLong { lines.append(line) }
                line.removeAll(keepingCapacity: true)
                tooLong = false
            } else if line.count < ReportLine.longest {
                line.append(byte)
            } else {
                tooLong = true
            }
        }
        return lines
    }

    /// What stood after the last line break.
    mutating func finish() -> [[UInt8]] { line.isEmpty || tooLong ? [] : [line] }
}
