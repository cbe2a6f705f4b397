import FoundationEssentials
import Glibc
import SystemPackage
import TrainerSettings

/// Where a study's store and lock lie if not in its own folder: on one host's disk, as the study's folder says in `store.json`.
package struct StorePlace: Sendable, Hashable, Codable {
    package let host: String
    /// A folder of that host.
    package let folder: String

    private static let file = "/store.json"

    static var hostName: String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var isHere: Bool { host == Self.hostName }
    /// Whether the folder that was made for it is no longer there.
    var isGone: Bool { access(folder, F_OK) != 0 && errno == ENOENT }

    /// - Parameter folder: the study's.
    static func read(in folder: String) -> StorePlace? {
        try? JSONInput.read(StorePlace.self, file: folder + file, links: .refused)
    }

    /// Says it in a study's folder, unless another host is first.
    ///
    /// - Returns: what the folder says now.
    fileprivate func write(in folder: String) throws(StudyStoreError) -> StorePlace {
        let (path, draft) = (folder + Self.file, folder + "/store.json.\(Self.hostName).\(getpid())")
        defer { unlink(draft) }
        do { try AtomicFile.write([try JSONWriter.data(self, .cell)], to: draft) } catch {
            throw .notWritable(path: path, reason: systemReason(error))
        }
        // Of two who link, one is first, on every file system.
        guard link(draft, path) != 0 else { return self }
        let code = errno
        guard let other = Self.read(in: folder) else {
            throw .notWritable(path: path, reason: Errno(rawValue: code).description)
        }
        return other
    }
}

extension StudyFolder {
    /// Puts the store of a study that is about to be made where SQLite is safe: beside its trials, or on this host's own disk where they
    /// are on a network file system. The folder has to be there.
    ///
    /// - Returns: the word for it; nil: the store is in the study's folder.
    /// - Throws: `StudyStoreError.elsewhere` where another host was first, `.notWritable`.
    package mutating func placeStore(_ environment: [String: String]) throws(StudyStoreError) -> String? {
        let network = NetworkFileSystem.name(at: path)
        guard store == nil, network != nil || environment["AUTOLORA_STORES"] != nil else { return nil }
        let shelf = try Self.shelf(environment, for: path)
        var digest = SHA256()
        digest.update(path.utf8)
        let tag = String(digest.digest.prefix(8))
        var (folder, number) = ("\(shelf)/\(name)-\(tag)", 1)
        // What an earlier study of that place has left stays as it is.
        while mkdir(folder, 0o700) != 0 {
            guard errno == EEXIST, number < 1000 else {
                throw .notWritable(path: folder, reason: Errno(rawValue: errno).description)
            }
            number += 1
            folder = "\(shelf)/\(name)-\(tag)-\(number)"
        }
        store = try StorePlace(host: StorePlace.hostName, folder: folder).write(in: path)
        try requireHere()
        return "\(path) is on \(network ?? "a disk of its own"): the study's store is put on this host's disk, in \(folder)"
            + (network == nil ? "" : ", as SQLite is not safe there")
    }

    /// - Throws: `StudyStoreError.elsewhere` where the store lies on another host, `.storeGone` where nothing of it is left.
    package func requireHere() throws(StudyStoreError) {
        guard let store else { return }
        guard store.isHere else {
            throw .elsewhere(name: name, host: store.host, folder: store.folder, here: StorePlace.hostName, path: path)
        }
        if store.isGone { throw .storeGone(name: name, folder: store.folder, path: path) }
    }

    /// A folder of this user's alone, on a disk of this host.
    private static func shelf(_ environment: [String: String], for path: String) throws(StudyStoreError) -> String {
        if let given = environment["AUTOLORA_STORES"], !given.isEmpty {
            try make(given)
            return given
        }
        let state = environment["XDG_STATE_HOME"] ?? environment["HOME"].map { $0 + "/.local/state" }
        for folder in [state.map { $0 + "/autolora/stores" }, "/var/tmp/autolora-\(getuid())"].compactMap(\.self) {
            do throws(StudyStoreError) { try make(folder) } catch { continue }
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid() else { continue }
            if NetworkFileSystem.name(at: folder) == nil { return folder }
        }
        throw .notWritable(
            path: path,
            reason: "it is on a network file system, and no folder was found on this host's own disk for its store "
                + "(give one in AUTOLORA_STORES)")
    }

    private static func make(_ folder: String) throws(StudyStoreError) {
        do {
            try makeFolders(folder)
        } catch { throw .notWritable(path: folder, reason: systemReason(error)) }
    }
}
