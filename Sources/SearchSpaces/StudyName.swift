/// What a study may be called: its name is a folder's, and an argument on the command line.
package enum StudyName {
    /// In bytes: file systems take 255.
    private static let longest = 200

    package static func isFit(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= longest && name.allSatisfy(isAllowed) && !name.hasPrefix(".")
            && !name.hasPrefix("-")
    }

    /// A text made fit; empty where nothing in it is.
    package static func made(from text: String) -> String {
        let words = text.split { !isAllowed($0) }
        var name = words.joined(separator: "-").drop { ".-".contains($0) }.prefix(50)
        while name.utf8.count > longest { name.removeLast() }
        return String(name)
    }

    /// Character by character, so that a letter may be written with a combining mark.
    private static func isAllowed(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_.".contains(character)
    }
}
