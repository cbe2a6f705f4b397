import FoundationEssentials

/// Finds programs as the system does when a command names them.
struct ProgramPath: Sendable {
    /// The folders of the variable PATH.
    private let folders: [String]

    init(environment: [String: String]) {
        folders = environment["PATH", default: "/usr/local/bin:/usr/bin:/bin"].split(separator: ":").map(String.init)
    }

    /// Where a program of that name is; nil: nowhere.
    func find(_ name: String) -> String? {
        folders.lazy.map { $0 + "/" + name }.first(where: Self.isProgram)
    }

    static func isProgram(_ path: String) -> Bool {
        isFile(path) && FileManager.default.isExecutableFile(atPath: path)
    }

    static func isFile(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
    }
}
