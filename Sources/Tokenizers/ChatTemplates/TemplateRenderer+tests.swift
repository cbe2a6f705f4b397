extension TemplateRenderer {
    /// `value is name`
    mutating func test(_ name: String, _ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> Bool {
        switch name {
        case "defined": return !value.isUndefined
        case "undefined": return value.isUndefined
        case "none": if case .none = value { return true } else { return false }
        case "true": if case .bool(true) = value { return true } else { return false }
        case "false": if case .bool(false) = value { return true } else { return false }
        case "boolean": if case .bool = value { return true } else { return false }
        case "string": if case .string = value { return true } else { return false }
        case "integer": if case .int = value { return true } else { return false }
        case "float": if case .double = value { return true } else { return false }
        case "number": return value.number != nil
        case "mapping": if case .dictionary = value { return true } else { return false }
        case "sequence", "iterable":
            switch value {
            case .string, .list, .dictionary, .undefined: return true
            default: return false
            }
        case "callable":
            switch value {
            case .function, .method, .macro: return true
            default: return false
            }
        case "odd", "even", "divisibleby", "lower", "upper": return try testFurther(name, value, arguments)
        case "filter", "test": throw fail("the test '\(name)' is not supported")
        default: break
        }
        let signs = [
            "eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<", "le": "<=",
            "<=": "<=",
            "gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=", "in": "in",
        ]
        guard let sign = signs[name] else { throw fail("the test '\(name.prefix(60))' is not supported") }
        guard let other = arguments.positional.first else { throw fail("the test '\(name)' takes a value") }
        return try holds(value, sign, other)
    }

    private mutating func testFurther(_ name: String, _ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem)
        -> Bool
    {
        try charge(for: value)
        switch name {
        case "lower": return PythonText.areEqual(value.text, value.text.lowercased())
        case "upper": return PythonText.areEqual(value.text, value.text.uppercased())
        default:
            let divisor = name == "divisibleby" ? arguments.positional.first?.integer ?? 0 : 2
            guard let number = value.integer, divisor != 0, divisor != -1 else {
                throw fail("the test '\(name)' takes whole numbers")
            }
            return (number % divisor == 0) != (name == "odd")
        }
    }
}
