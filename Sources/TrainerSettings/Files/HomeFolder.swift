/// The home folder's short name, which only shells know.
package enum HomeFolder {
    /// "; ..." for a path that begins with `~`, with nothing there; nil for any other.
    package static func hint(for path: String) -> String? {
        guard path.hasPrefix("~") else { return nil }
        return "; '~' stands for the home folder in a shell alone, not in a file; write the whole path"
    }
}
