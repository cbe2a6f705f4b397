extension TemplateValue {
    /// What a template prints for it: Python's `str`.
    var text: String {
        switch self {
        case .undefined: ""
        case .string(let text): text
        default: quoted
        }
    }

    /// Python's `repr`.
    var quoted: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .int(let number): String(number)
        case .double(let number): Self.text(of: number, infinity: "inf", nan: "nan")
        case .string(let text): PythonText.quoted(text)
        case .list(let list):
            if list.isTuple {
                "(" + list.items.map(\.quoted).joined(separator: ", ") + (list.items.count == 1 ? ",)" : ")")
            } else {
                "[" + list.items.map(\.quoted).joined(separator: ", ") + "]"
            }
        case .dictionary(let dictionary):
            "{" + dictionary.entries.map { $0.key.quoted + ": " + $0.value.quoted }.joined(separator: ", ") + "}"
        case .namespace, .macro, .loop, .function, .method: "<\(typeName)>"
        }
    }

    static func text(of number: Double, infinity: String, nan: String) -> String {
        if number.isNaN { return nan }
        return number.isFinite ? number.description : (number < 0 ? "-" : "") + infinity
    }
}

/// Writes values as Python's `json.dumps` does.
struct TemplateJSON {
    var keepsUnicode = true
    var sortsKeys = false
    /// Blanks before each level; nil: all on one line.
    var indent: String?
    var separators: (item: String, key: String)?

    /// Bytes that the text can have.
    func most(of value: TemplateValue) -> Int {
        let separators = separators.map { $0.item.utf8.count + $0.key.utf8.count } ?? 4
        let blanks = (indent?.utf8.count ?? 0).multipliedReportingOverflow(by: 2 * value.depth + 2)
        let (sum, overflow) = blanks.partialValue.addingReportingOverflow(separators + 8)
        // Of a character \u0000 can be made. So many signs and blanks stand around each part.
        let (all, overflows) = value.weight.multipliedReportingOverflow(by: overflow ? .max : sum + 6 * 16)
        return blanks.overflow || overflow || overflows ? .max : all
    }

    func text(of value: TemplateValue, level: Int = 0) throws(TemplateProblem) -> String {
        switch value {
        case .none: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case .double(let number): return TemplateValue.text(of: number, infinity: "Infinity", nan: "NaN")
        case .string(let text): return quoted(text)
        case .list(let list):
            var parts: [String] = []
            for item in list.items { parts.append(try text(of: item, level: level + 1)) }
            return block(parts, "[", "]", level)
        case .dictionary(let dictionary):
            var parts: [(key: String, text: String)] = []
            for (key, value) in dictionary.entries {
                let name = try self.key(key)
                parts.append((name, quoted(name) + (separators?.key ?? ": ") + (try text(of: value, level: level + 1))))
            }
            if sortsKeys { parts.sort { PythonText.isLess($0.key, $1.key) } }
            return block(parts.map(\.text), "{", "}", level)
        default: throw TemplateProblem(line: 0, problem: "tojson cannot write a value of type \(value.typeName)")
        }
    }

    private func key(_ value: TemplateValue) throws(TemplateProblem) -> String {
        if case .string(let text) = value { return text }
        guard case .list = value else { return try text(of: value) }
        throw TemplateProblem(line: 0, problem: "tojson cannot write a key of type \(value.typeName)")
    }

    private func block(_ parts: [String], _ open: String, _ close: String, _ level: Int) -> String {
        guard !parts.isEmpty else { return open + close }
        guard let indent else { return open + parts.joined(separator: separators?.item ?? ", ") + close }
        let (outer, inner) = (String(repeating: indent, count: level), String(repeating: indent, count: level + 1))
        return open + "\n" + inner + parts.joined(separator: (separators?.item ?? ",") + "\n" + inner) + "\n" + outer + close
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case ..<" ": result += Self.escape(UInt16(scalar.value))
            case "\u{7F}"... where !keepsUnicode:
                if scalar == "\u{7F}" {
                    result += "\u{7F}"
                } else {
                    result += UTF16.encode(scalar).map { $0.map(Self.escape).joined() } ?? ""
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
