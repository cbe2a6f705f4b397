/// Names of models on the Hugging Face hub, which stand where a folder is wanted.
package enum HubName {
    /// "; ..." with the way to get a folder, for a name of the hub's; empty for what is none.
    ///
    /// - Parameter path: as the user wrote it, with nothing there.
    package static func hint(for path: String) -> String {
        let bare = bare(path)
        guard isOne(bare), let name = bare.split(separator: "/").last else { return "" }
        return """
            ; '\(path)' looks like a name on the Hugging Face hub, and a folder is expected: \
            `pip install huggingface_hub`, then `hf download \(bare) --local-dir \(name)`, and give that folder
            """
    }

    /// The name alone, of one that has the hub's address before it or a slash after it.
    private static func bare(_ path: String) -> String {
        var name = path[...]
        if name.hasPrefix("hf://") { name = name.dropFirst("hf://".count) }
        if let address = name.prefixMatch(of: /(https?:\/\/)?(www\.)?(huggingface\.co|hf\.co)\//) {
            name = name[address.range.upperBound...]
            // What follows the owner and the name is a place in the repository.
            return name.split(separator: "/").prefix(2).joined(separator: "/")
        }
        while name.hasSuffix("/") { name = name.dropLast() }
        return String(name)
    }

    /// `owner/name`, or one of the old names without an owner, which all have a hyphen.
    package static func isOne(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 1 && path.contains("-") else { return false }
        return parts.allSatisfy { part in
            part.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil && !part.contains("..") && part.count <= 96
        }
    }
}
