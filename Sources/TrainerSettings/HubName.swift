/// Names of models on the Hugging Face hub, which stand where a folder is wanted.
package enum HubName {
    /// "; ..." with the way to get a folder, for a name of the hub's; empty for what is none.
    ///
    /// - Parameter path: as the user wrote it, with nothing there.
    package static func hint(for path: String) -> String {
        guard isOne(path), let name = path.split(separator: "/").last else { return "" }
        return """
            ; '\(path)' looks like a name on the Hugging Face hub, and a folder is expected: \
            `pip install huggingface_hub`, then `hf download \(path) --local-dir \(name)`, and give that folder
            """
    }

    /// `owner/name`, or one of the old names without an owner, which all have a hyphen.
    static func isOne(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 1 && path.contains("-") else { return false }
        return parts.allSatisfy { part in
            part.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil && !part.contains("..") && part.count <= 96
        }
    }
}
