import FoundationEssentials
import Glibc
import SearchSpaces
package import Studies
import TrainerSettings

/// Where a study's files are: `<root>/<name>/`.
package struct StudyFolder: Sendable, Hashable {
    package let root: String
    package let name: String
    /// Where the store and the lock are; nil: in the folder itself.
    package internal(set) var store: StorePlace?

    /// - Throws: `StudyStoreError.badName` for a name that is no plain folder name.
    package init(root: String, name: String) throws(StudyStoreError) {
        guard StudyName.isFit(name) else { throw .badName(name) }
        self.root = root
        // The file system tells a letter with a combining mark from the letter that has it built in; strings do not.
        let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
        self.name = isPlain ? name : Self.names(in: root).first { $0 == name } ?? name
        store = StorePlace.read(in: path)
    }

    package var path: String { root.hasSuffix("/") ? root + name : root + "/" + name }
    /// The folder of the store and the lock.
    var storePath: String { store?.folder ?? path }
    package var database: String { storePath + "/study.sqlite" }
    package var lock: String { storePath + "/lock" }
    /// What trials can compute again; it may be deleted at any time.
    package var cache: String { path + "/cache" }
    package func trial(_ id: Trial.ID) -> String { path + "/trials/\(id)" }
    package func adapter(of id: Trial.ID) -> String { trial(id) + "/adapter" }
    package func checkpoint(of id: Trial.ID) -> String { trial(id) + "/checkpoint" }
    package func configuration(of id: Trial.ID) -> String { trial(id) + "/config.json" }
    /// How a program of the user's was started.
    package func launch(of id: Trial.ID) -> String { trial(id) + "/launch.json" }
    /// What its latest launch printed on its standard output, while it is open what becomes of that.
    package func output(of id: Trial.ID) -> String { trial(id) + "/output.txt" }
    /// What it printed after the report that it was weighed by.
    package func reportsAhead(of id: Trial.ID) -> String { trial(id) + "/ahead.json" }
    /// What the trainer's best report took for what, for people to look at; only some trainers leave it.
    package func confusion(of id: Trial.ID) -> String { trial(id) + "/confusion.json" }
    package func log(of id: Trial.ID) -> String { trial(id) + "/log.txt" }

    /// What a trainer needs to know of a trial's files.
    ///
    /// - Parameter launchFolder: where a launch leaves them; nil: in the trial's own folder.
    package func files(of id: Trial.ID, in launchFolder: String? = nil) -> TrialFolder {
        let path = launchFolder ?? trial(id)
        return TrialFolder(
            path: path, configuration: path + "/config.json", checkpoint: path + "/checkpoint", adapter: path + "/adapter",
            cache: cache)
    }

    /// The names of the studies in a root, sorted; empty where there is no such folder.
    package static func names(in root: String) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return entries.filter { entry in
            let place = StorePlace.read(in: root + "/" + entry)
            // What is on another host cannot be looked for, and what is lost is to be told of.
            if let place, !place.isHere || place.isGone { return true }
            return FileManager.default.fileExists(atPath: (place?.folder ?? root + "/" + entry) + "/study.sqlite")
        }.sorted()
    }

    /// Folders with a store whose names are not UTF-8, as people can be shown them: no command can be given such a name.
    package static func unusableNames(in root: String) -> [String] {
        let names = (try? FolderName.all(in: root)) ?? []
        return names.filter { name in
            let store = Array(root.utf8) + [0x2F] + name.bytes + Array("/study.sqlite".utf8)
            return name.text == nil && access(store.map { CChar(bitPattern: $0) } + [0], F_OK) == 0
        }.map(\.shown)
    }
}

extension StudyFolder {
    /// "; did you mean 'x'?" where a study of a similar name is there.
    var nearestNameHint: String { nearestHint(to: name, among: Self.names(in: root)) }
}

extension StudyFolder {
    /// Makes the folder, for the lock and the store.
    ///
    /// - Throws: `StudyStoreError.notWritable`, `.writeFailed`.
    package func make() throws(StudyStoreError) {
        do {
            try makeFolders(path + "/trials")
        } catch {
            if error.code == ENOSPC { throw .writeFailed(path: path, reason: systemReason(error), isFull: true) }
            throw .notWritable(path: path, reason: systemReason(error))
        }
    }
}
