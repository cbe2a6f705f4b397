import Glibc

/// A name in a folder, as the system has it: Foundation passes over what is not UTF-8.
package struct FolderName: Sendable, Hashable {
    package let bytes: [UInt8]

    /// nil: it is not UTF-8, and nothing can be named by it here.
    package var text: String? { String(validating: bytes, as: UTF8.self) }

    /// For people, with `\xFF` for each byte that is no part of a character.
    package var shown: String {
        var (shown, place) = ("", 0)
        var (parser, rest) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator())
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar):
                shown.unicodeScalars.append(Unicode.UTF8.decode(scalar))
                place += scalar.count
            case .error(let length):
                for byte in bytes[place..<min(place + length, bytes.count)] {
                    shown += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
                place += length
            case .emptyInput: return shown
            }
        }
    }

    /// All names in a folder but `.` and `..`, sorted.
    ///
    /// - Throws: ``RegularFileError`` where it cannot be read.
    package static func all(in folder: String) throws(RegularFileError) -> [FolderName] {
        guard let listing = opendir(folder) else { throw RegularFileError(path: folder, code: errno) }
        defer { closedir(listing) }
        var names: [FolderName] = []
        while let entry = readdir(listing) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes != [0x2E], bytes != [0x2E, 0x2E] { names.append(FolderName(bytes: bytes)) }
        }
        return names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
