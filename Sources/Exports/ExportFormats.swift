/// The formats that `autolora export` knows.
package enum ExportFormats {
    package static let all: [any ExportFormat] =
        [JSONConfiguration(), YAMLConfiguration(), PEFTAdapter()] + ModelExport.all
        + ForeignExport.all

    package static func named(_ name: String) -> (any ExportFormat)? { all.first { $0.name == name } }

    /// For the option's help: every name, with what is written behind the last of those that write the same.
    package static var help: String {
        let words = all.enumerated().map { index, format in
            let isLast = index + 1 == all.count || all[index + 1].summary != format.summary
            return isLast ? "\(format.name) (\(format.summary))" : format.name
        }
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "") + "."
    }
}
