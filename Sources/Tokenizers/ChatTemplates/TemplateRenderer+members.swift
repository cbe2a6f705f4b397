extension TemplateRenderer {
    /// `object.name`
    mutating func attribute(_ name: String, of object: TemplateValue) throws(TemplateProblem) -> TemplateValue {
        switch object {
        case .undefined(let missing): throw fail("'\(missing)' is undefined, so that it has no '\(name)'")
        case .dictionary(let dictionary):
            if Self.dictionaryMethods.contains(name) { return .method(object, name) }
            return dictionary[name] ?? .undefined(name)
        case .string where Self.textMethods.contains(name): return .method(object, name)
        case .list where Self.listMethods.contains(name): return .method(object, name)
        case .loop(let position): return position.value(name) ?? (name == "cycle" ? .method(object, name) : .undefined(name))
        case .namespace(let number): return spaces[number].values[name] ?? .undefined(name)
        default: return .undefined(name)
        }
    }

    /// `object[key]`
    mutating func item(_ key: TemplateValue, of object: TemplateValue) throws(TemplateProblem) -> TemplateValue {
        try charge(for: key)
        switch object {
        case .undefined(let missing): throw fail("'\(missing)' is undefined, so that nothing can be taken from it")
        case .dictionary(let dictionary):
            if let value = dictionary[key] { return value }
        case .list(let list):
            if let index = key.integer {
                return Self.place(index, list.items.count).map { list.items[$0] } ?? .undefined("\(index)")
            }
        case .string(let text):
            guard let index = key.integer else { break }
            let scalars = text.unicodeScalars
            try charge(bytes: text.utf8.count)
            return Self.place(index, scalars.count).map {
                .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: $0)]))
            } ?? .undefined("\(index)")
        default: break
        }
        guard case .string(let name) = key else { return .undefined(key.text) }
        return try attribute(name, of: object)
    }

    private static func place(_ index: Int, _ count: Int) -> Int? {
        let place = index < 0 ? index + count : index
        return (0..<count).contains(place) ? place : nil
    }

    mutating func slice(_ object: TemplateValue, _ slice: TemplateSlice) throws(TemplateProblem) -> TemplateValue {
        func bound(_ expression: TemplateExpression?, _ renderer: inout TemplateRenderer) throws(TemplateProblem) -> Int? {
            guard let expression else { return nil }
            let value = try renderer.value(expression)
            if case .none = value { return nil }
            guard let number = value.integer else { throw renderer.fail("a slice takes numbers, not a \(value.typeName)") }
            return number
        }
        let bounds = (try bound(slice.start, &self), try bound(slice.stop, &self), try bound(slice.step, &self) ?? 1)
        guard bounds.2 != 0 else { throw fail("a slice with the step 0") }
        switch object {
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            try charge(bytes: text.utf8.count)
            return .string(PythonText.text(Self.places(bounds, scalars.count).map { scalars[$0] }))
        case .list(let list):
            try charge(list.items.count)
            return .list(TemplateList(Self.places(bounds, list.items.count).map { list.items[$0] }, isTuple: list.isTuple))
        case .undefined(let missing): throw fail("'\(missing)' is undefined, so that nothing can be taken from it")
        default: throw fail("a value of type \(object.typeName) has no slices")
        }
    }

    /// The indices that a slice means, as Python has it.
    private static func places(_ bounds: (start: Int?, stop: Int?, step: Int), _ count: Int) -> [Int] {
        let rises = bounds.step > 0
        let (lowest, highest) = rises ? (0, count) : (-1, count - 1)
        func clamped(_ bound: Int?, _ usual: Int) -> Int {
            guard let bound else { return usual }
            return min(max(bound < 0 ? bound + count : bound, lowest), highest)
        }
        let start = clamped(bounds.start, rises ? lowest : highest)
        let stop = clamped(bounds.stop, rises ? highest : lowest)
        // A greater step than the text is long means its first element alone.
        let step = max(-count - 1, min(count + 1, bounds.step))
        return Array(stride(from: start, to: stop, by: step))
    }
}

extension LoopPosition {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "revindex": .int(items.count - index)
        case "revindex0": .int(items.count - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(index == items.count - 1)
        case "length": .int(items.count)
        case "depth": .int(level)
        case "depth0": .int(level - 1)
        case "previtem": index > 0 ? items[index - 1] : .undefined("previtem")
        case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("nextitem")
        default: nil
        }
    }
}
