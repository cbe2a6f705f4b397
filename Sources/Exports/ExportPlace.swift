import FoundationEssentials
import Glibc
import StudyStore
import TrainerSettings

/// Where an export goes, and what of that it may take away.
package struct ExportPlace {
    package let path: String
    private let kind: Kind

    private enum Kind {
        case nothing, file, folder, other
    }

    /// - Parameter path: as the user gave it.
    /// - Throws: `ExportError` for one that ends in no name.
    package init(_ path: String) throws(ExportError) {
        // With a slash behind it a link would be what it leads to.
        var name = path[...]
        while name.count > 1, name.hasSuffix("/") || name.hasSuffix("/.") { name = name.dropLast() }
        guard !["", ".", "..", "/"].contains(name), !name.hasSuffix("/..") else {
            throw ExportError("--output \(path): names no file or folder of its own; give it a name")
        }
        self.path = String(name)
        var status = stat()
        if lstat(self.path, &status) != 0 {
            kind = .nothing
        } else {
            // A link is neither: what it leads to was not named.
            kind =
                switch status.st_mode & S_IFMT {
                case S_IFREG: .file
                case S_IFDIR: .folder
                default: .other
                }
        }
    }

    /// - Throws: `ExportError` where something stands here that must not go.
    func check(_ target: ExportTarget, force: Bool, besides studies: StudyFolder) throws(ExportError) {
        guard kind != .nothing else { return }
        guard force else {
            throw ExportError("\(path): exists already; choose another --output, or replace it with --force")
        }
        func refused(_ what: String) -> ExportError {
            ExportError("\(path): \(what), which --force does not replace; choose another --output")
        }
        guard kind != .other else { throw refused("is neither a regular file nor a folder") }
        guard !isPart(of: studies) else { throw refused("is or holds what studies are kept in") }
        switch target {
        case .file:
            guard kind == .file else { throw refused("is no regular file") }
        case .folder(let mark, _):
            guard kind == .folder else { throw refused("is no folder") }
            let entries = try? FileManager.default.contentsOfDirectory(atPath: path)
            guard let entries, entries.isEmpty || entries.contains(mark) else {
                throw refused("is a folder with other things than an adapter (no \(mark))")
            }
        }
    }

    /// Looks whether all that is here came from an export such as this one: only that may go.
    ///
    /// - Throws: `ExportError` naming what else is here.
    func checkReplaces(with draft: String, _ target: ExportTarget) throws(ExportError) {
        guard kind == .file || kind == .folder else { return }
        switch target {
        case .folder(_, let files): try checkFolder(path, draft, files)
        case .file(let names):
            // One that was made to be written to.
            var status = stat()
            guard stat(path, &status) == 0, status.st_size > 0 else { return }
            let (before, after) = (try? names(path), try? names(draft))
            guard let before, let after, after.isEmpty || !before.isDisjoint(with: after) else {
                throw ExportError(
                    "\(path): is nothing that such an export wrote, and --force replaces nothing else; choose another --output"
                )
            }
        }
    }

    private func checkFolder(_ old: String, _ new: String, _ files: Set<String>) throws(ExportError) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: old)) ?? [] {
            let (mine, other) = (old + "/" + name, new + "/" + name)
            let kind = RegularFile.stranger(at: mine)
            if kind == nil, files.contains(name) || access(other, F_OK) == 0 { continue }
            if kind == RegularFile.folder, RegularFile.stranger(at: other) == RegularFile.folder {
                try checkFolder(mine, other, files)
                continue
            }
            throw ExportError(
                "\(mine): is nothing that an export wrote, and --force replaces nothing else; move it, or choose another --output"
            )
        }
    }

    /// Whether a study or the studies' folder would go with what is here.
    private func isPart(of studies: StudyFolder) -> Bool {
        guard let here = Self.components(path), let root = Self.components(studies.root) else { return true }
        if root.starts(with: here) { return true }
        if Self.isStudy(path) { return true }
        guard here.starts(with: root), here.count > root.count + 1 else { return false }
        let study = "/" + here.prefix(root.count + 1).joined(separator: "/")
        let entry = here[root.count + 1]
        return Self.isStudy(study) && (["lock", "trials", "store.json"].contains(entry) || entry.hasPrefix("study.sqlite"))
    }

    /// Its store may be elsewhere, as the folder says then.
    private static func isStudy(_ folder: String) -> Bool {
        ["study.sqlite", "store.json"].contains { access(folder + "/" + $0, F_OK) == 0 }
    }

    /// The real path's parts; nil: there is none.
    private static func components(_ path: String) -> [String]? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real).split(separator: "/").map(String.init)
    }

    /// Puts a finished draft here: what was here is gone only once that is done.
    private func take(_ draft: String) throws {
        guard kind != .nothing else { return try FileManager.default.moveItem(atPath: draft, toPath: path) }
        let old = draft + ".old"
        try FileManager.default.moveItem(atPath: path, toPath: old)
        do {
            try FileManager.default.moveItem(atPath: draft, toPath: path)
        } catch {
            try? FileManager.default.moveItem(atPath: old, toPath: path)
            throw error
        }
        // It goes as a draft goes.
        try FileManager.default.moveItem(atPath: old, toPath: draft)
    }

    /// Has a draft written beside this place, and puts it here once it is whole.
    ///
    /// - Parameter output: as the user gave it, for messages.
    /// - Throws: ``ExportError``, `StudyStoreError` for what is no file of the study's own; nothing is left behind then, nor where a
    ///   signal ends the process (`Unfinished`).
    package func write(as target: ExportTarget, named output: String, _ body: (_ draft: String) throws -> Void) throws {
        var shown: (String) -> String = { $0 }
        do {
            let folder = URL(filePath: path).deletingLastPathComponent().path
            try makeFolders(folder)
            let draft = Unfinished.draft(for: path)
            defer { Unfinished.remove(draft) }
            // Nobody knows the draft's name.
            shown = { $0.replacing(draft, with: output) }
            try body(draft)
            try checkReplaces(with: draft, target)
            try Unfinished.atOnce { try take(draft) }
            AtomicFile.syncFolder(of: path)
        } catch let error as StudyStoreError {
            throw error
        } catch let error as ExportError {
            throw ExportError(shown(error.description))
        } catch {
            throw ExportError("\(output): cannot be written: \(shown(systemReason(error)))")
        }
    }

    /// - Throws: `ExportError` where something is here already.
    package func requireNothing() throws(ExportError) {
        guard kind == .nothing else { throw ExportError("\(path): exists already; choose another --output") }
    }
}
