import SearchSpaces
import TrainerSettings

/// What a parameter may say for each distribution, under W&B's names.
enum DistributionKind: String, CaseIterable {
    case constant, categorical, uniform, normal
    case intUniform = "int_uniform"
    case intLogUniform = "int_log_uniform_values"
    case quantizedUniform = "q_uniform"
    case logUniform = "log_uniform_values"
    case quantizedLogUniform = "q_log_uniform_values"
    case logNormal = "log_normal"
    case logUniformExponents = "log_uniform"
    case inverseLogUniform = "inv_log_uniform_values"
    case inverseLogUniformExponents = "inv_log_uniform"

    /// Keys of a parameter, in the order in which they are best written.
    static let keys = ["distribution", "value", "values", "probabilities", "min", "max", "q", "mu", "sigma", "when"]

    /// Keys that tell people something.
    static let descriptions = ["desc", "description"]

    /// W&B's distributions that are not built.
    private static let notAvailable = ["beta", "q_beta", "q_log_normal", "q_log_uniform", "q_normal"]

    /// Whether min and max are exponents of e.
    var takesExponents: Bool { self == .logUniformExponents || self == .inverseLogUniformExponents }

    var required: [String] {
        switch self {
        case .constant: ["value"]
        case .categorical: ["values"]
        case .uniform, .logUniform, .intUniform, .intLogUniform, .quantizedUniform, .quantizedLogUniform, .inverseLogUniform,
            .logUniformExponents, .inverseLogUniformExponents:
            ["min", "max"]
        case .normal, .logNormal: []
        }
    }

    private var optional: [String] {
        switch self {
        case .categorical: ["probabilities"]
        case .normal, .logNormal: ["mu", "sigma"]
        case .quantizedUniform, .quantizedLogUniform: ["q"]
        default: []
        }
    }

    /// The kind that a parameter names, or that follows from its other keys; all keys are then checked against it.
    init(_ section: Section) throws(SpaceFileError) {
        if let name = section["distribution"] {
            self = try Self.named(name)
        } else {
            self = try Self.inferred(from: section)
        }
        for key in section.keys where !(required + optional + ["distribution", "when"] + Self.descriptions).contains(key) {
            let goes = (required + optional).joined(separator: ", ")
            throw SpaceFileError(at: section.position(of: key), "'\(key)' does not go with \(rawValue), which takes \(goes)")
        }
        for key in required where section[key] == nil && !(self == .constant && section.stated(key) != nil) {
            throw SpaceFileError(
                at: section.position,
                "\(section.name) lacks '\(key)'; \(rawValue) needs " + required.joined(separator: " and "))
        }
    }

    private static func named(_ value: LocatedValue) throws(SpaceFileError) -> DistributionKind {
        let name = try value.text()
        if name == "categorical_w_probabilities" { return .categorical }
        if let kind = DistributionKind(rawValue: name) { return kind }
        let known = allCases.map(\.rawValue)
        if notAvailable.contains(name) {
            let log = name == "q_log_uniform" ? "; q_log_uniform_values takes the values themselves" : ""
            throw .notAvailable("the distribution \(name)", at: value.position, instead: log)
        }
        throw .unknown("distribution", name, at: value.position, allowed: known)
    }

    private static func inferred(from section: Section) throws(SpaceFileError) -> DistributionKind {
        if section["value"] != nil { return .constant }
        if section["values"] != nil { return .categorical }
        if section["min"] != nil || section["max"] != nil {
            if section["q"] != nil { return .quantizedUniform }
            let bounds = ["min", "max"].compactMap { section[$0]?.value }
            let areIntegers = bounds.allSatisfy { $0.isWhole }
            return areIntegers ? .intUniform : .uniform
        }
        if section["mu"] != nil || section["sigma"] != nil { return .normal }
        // As in W&B: the value None.
        if section.stated("value") != nil { return .constant }
        throw SpaceFileError(
            at: section.position, "\(section.name) has no values; expected value, values, or min and max")
    }
}

extension SettingValue {
    /// Written without a point or an exponent.
    fileprivate var isWhole: Bool {
        if case .int = self { true } else { false }
    }
}
