/// A value while a template is rendered: Python's, as far as templates have them.
enum TemplateValue: Sendable {
    /// What is not there, with its name for messages.
    case undefined(String)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list(TemplateList)
    case dictionary(TemplateDictionary)
    /// A `namespace(...)`, by its number in the renderer.
    case namespace(Int)
    /// A macro, by its number in the renderer.
    case macro(Int)
    case loop(LoopPosition)
    case function(String)
    indirect case method(TemplateValue, String)
}

struct TemplateList: Sendable {
    let items: [TemplateValue]
    var isTuple = false
    /// Lists and dictionaries inside one another.
    let depth: Int
    /// About how long it is, printed: what is in it twice counts twice.
    let weight: Int

    init(_ items: [TemplateValue], isTuple: Bool = false) {
        (self.items, self.isTuple) = (items, isTuple)
        depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
        weight = items.reduce(1) { min($0 + $1.weight, TemplateValue.greatestWeight) }
    }
}

/// Keys in the order that they came in.
struct TemplateDictionary: Sendable {
    private(set) var entries: [(key: TemplateValue, value: TemplateValue)] = []
    private var places: [TemplateKey: Int] = [:]
    private(set) var depth = 1
    private(set) var weight = 1

    init() {}

    init(_ entries: [(String, TemplateValue)]) {
        for (key, value) in entries { self[.string(key)] = value }
    }

    subscript(key: TemplateValue) -> TemplateValue? {
        get { places[TemplateKey(key)].map { entries[$0].value } }
        set {
            guard let newValue else { return }
            depth = max(depth, newValue.depth + 1, key.depth + 1)
            weight = min(weight + key.weight + newValue.weight, TemplateValue.greatestWeight)
            if let place = places[TemplateKey(key)] {
                entries[place].value = newValue
            } else {
                places[TemplateKey(key)] = entries.count
                entries.append((key, newValue))
            }
        }
    }

    subscript(name: String) -> TemplateValue? { self[.string(name)] }
}

/// A value as a dictionary finds it: 1, 1.0 and true are one key, and texts are compared by their bytes.
private struct TemplateKey: Hashable, Sendable {
    private let value: TemplateValue

    init(_ value: TemplateValue) { self.value = value }

    static func == (a: TemplateKey, b: TemplateKey) -> Bool { a.value.equals(b.value) }

    func hash(into hasher: inout Hasher) {
        if let number = value.number { return hasher.combine(number) }
        switch value {
        case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .list(let list): for item in list.items { TemplateKey(item).hash(into: &hasher) }
        case .namespace(let place), .macro(let place): hasher.combine(place)
        default: break
        }
    }
}

/// Where a loop is.
struct LoopPosition: Sendable {
    let items: [TemplateValue]
    var index = 0
    let level: Int
    /// Of the items.
    let depth: Int

    init(items: [TemplateValue], level: Int) {
        (self.items, self.level) = (items, level)
        depth = items.lazy.map(\.depth).max() ?? 0
    }
}

extension TemplateValue {
    static let greatestWeight = 1 << 40

    /// About how long it is, printed, in words of 16 characters.
    var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count / 16
        case .list(let list): list.weight
        case .dictionary(let dictionary): dictionary.weight
        default: 1
        }
    }

    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .dictionary(let dictionary): dictionary.depth
        case .loop(let position): 1 + position.depth
        case .method(let object, _): object.depth + 1
        default: 0
        }
    }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.items.isEmpty
        case .dictionary(let dictionary): !dictionary.entries.isEmpty
        case .namespace, .macro, .loop, .function, .method: true
        }
    }

    /// Whether it can be a key.
    var isHashable: Bool {
        switch self {
        case .list(let list): list.isTuple && list.items.allSatisfy(\.isHashable)
        case .dictionary, .loop, .method: false
        default: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// As Python calls its type.
    var typeName: String {
        switch self {
        case .undefined: "undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list(let list): list.isTuple ? "tuple" : "list"
        case .dictionary: "dict"
        case .namespace: "namespace"
        case .macro: "macro"
        case .loop: "loop"
        case .function, .method: "function"
        }
    }

    /// A number as it takes part in sums: true is 1.
    var integer: Int? {
        switch self {
        case .int(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }

    var number: Double? { if case .double(let number) = self { number } else { integer.map(Double.init) } }

    func equals(_ other: TemplateValue) -> Bool {
        if let a = integer, let b = other.integer { return a == b }
        if let a = number, let b = other.number { return a == b }
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let a), .string(let b)): return PythonText.areEqual(a, b)
        case (.list(let a), .list(let b)):
            return a.isTuple == b.isTuple && a.items.count == b.items.count
                && zip(a.items, b.items).allSatisfy { $0.equals($1) }
        case (.dictionary(let a), .dictionary(let b)):
            return a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.key]?.equals($0.value) ?? false }
        case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)): return a == b
        case (.function(let a), .function(let b)): return a == b
        default: return false
        }
    }
}
