/// JSON as it is written: keys may come twice, scalars may be anything.
indirect enum JSONTree {
    struct Field {
        var key: [UInt8]
        var value: JSONTree
    }

    case object([Field])
    case array([JSONTree])
    /// A scalar's bytes, quotes included.
    case scalar([UInt8])
    /// A value inside this many lists or mappings.
    case nested(JSONTree, depth: Int, inMappings: Bool)

    static func scalar(_ text: String) -> JSONTree { .scalar(Array(text.utf8)) }

    /// Every value in it, itself included.
    var nodeCount: Int {
        switch self {
        case .object(let fields): fields.reduce(1) { $0 + $1.value.nodeCount }
        case .array(let elements): elements.reduce(1) { $0 + $1.nodeCount }
        case .nested(let inner, _, _): 1 + inner.nodeCount
        case .scalar: 1
        }
    }

    /// The node of a number, counted from the front.
    func node(_ number: Int) -> JSONTree {
        var rest = number
        return find(&rest) ?? self
    }

    private func find(_ rest: inout Int) -> JSONTree? {
        if rest == 0 { return self }
        rest -= 1
        switch self {
        case .object(let fields):
            for field in fields { if let found = field.value.find(&rest) { return found } }
        case .array(let elements):
            for element in elements { if let found = element.find(&rest) { return found } }
        case .nested(let inner, _, _): return inner.find(&rest)
        case .scalar: break
        }
        return nil
    }

    /// Changes the node of a number; false where there are not so many.
    @discardableResult
    mutating func change(_ number: inout Int, _ body: (inout JSONTree) -> Void) -> Bool {
        if number == 0 {
            body(&self)
            return true
        }
        number -= 1
        switch self {
        case .object(var fields):
            for index in fields.indices where fields[index].value.change(&number, body) {
                self = .object(fields)
                return true
            }
        case .array(var elements):
            for index in elements.indices where elements[index].change(&number, body) {
                self = .array(elements)
                return true
            }
        case .nested(var inner, let depth, let inMappings):
            if inner.change(&number, body) {
                self = .nested(inner, depth: depth, inMappings: inMappings)
                return true
            }
        case .scalar: break
        }
        return false
    }

    // MARK: - As bytes

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .scalar(let text): bytes += text
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { bytes += Array(", ".utf8) }
                bytes += field.key + Array(": ".utf8)
                field.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes += Array(", ".utf8) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .nested(let inner, let depth, let inMappings):
            let (open, close) = inMappings ? ("{\"a\": ", "}") : ("[", "]")
            for _ in 0..<depth { bytes += Array(open.utf8) }
            inner.write(to: &bytes)
            for _ in 0..<depth { bytes += Array(close.utf8) }
        }
    }
}
