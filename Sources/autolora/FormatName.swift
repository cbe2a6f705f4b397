import ArgumentParser
import Conversions
import Exports

/// What `--verify-with` is given.
enum Verifier: String, ExpressibleByArgument {
    case python
}

/// What `--format` is given.
enum FormatName: ExpressibleByArgument {
    case trial(any ExportFormat)
    case study(any StudyFormat)

    init?(argument: String) {
        if let format = ExportFormats.named(argument) {
            self = .trial(format)
        } else if let format = StudyFormats.named(argument) {
            self = .study(format)
        } else {
            return nil
        }
    }

    var name: String {
        switch self {
        case .trial(let format): format.name
        case .study(let format): format.name
        }
    }

    /// "merged (base, float32 ...)"
    static var typeHelp: String {
        ExportFormats.all.compactMap { format in
            let types = ModelForms.types(of: format.name) ?? []
            return types.isEmpty ? nil : "\(format.name) (\(types.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }

    static var allValueStrings: [String] { ExportFormats.all.map(\.name) + StudyFormats.all.map(\.name) }
}
