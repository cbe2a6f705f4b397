import FoundationEssentials
package import Studies
import TrainerSettings

/// Where a study's files are: `<root>/<name>/`.
package struct StudyFolder: Sendable, Hashable {
    package let root: String
    package let name: String

    /// - Throws: `StudyStoreError.badName` for a name that is no plain folder name.
    package init(root: String, name: String) throws(StudyStoreError) {
        let allowed = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_.".unicodeScalars.contains($0)
        }
        guard allowed, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 200 else { throw .badName(name) }
        self.root = root
        self.name = name
    }

    package var path: String { root.hasSuffix("/") ? root + name : root + "/" + name }
    package var database: String { path + "/study.sqlite" }
    package var lock: String { path + "/lock" }
    package func trial(_ id: Trial.ID) -> String { path + "/trials/\(id)" }
    package func adapter(of id: Trial.ID) -> String { trial(id) + "/adapter" }
    package func checkpoint(of id: Trial.ID) -> String { trial(id) + "/checkpoint" }
    package func configuration(of id: Trial.ID) -> String { trial(id) + "/config.json" }
    package func log(of id: Trial.ID) -> String { trial(id) + "/log.txt" }

    /// The names of the studies in a root, sorted; empty where there is no such folder.
    package static func names(in root: String) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return entries.filter { FileManager.default.fileExists(atPath: root + "/\($0)/study.sqlite") }.sorted()
    }
}

extension StudyFolder {
    /// "; did you mean 'x'?" where a study of a similar name is there.
    var nearestNameHint: String { nearestHint(to: name, among: Self.names(in: root)) }
}

extension StudyFolder {
    /// Makes the folder, for the lock and the store.
    ///
    /// - Throws: `StudyStoreError.notWritable`.
    package func make() throws(StudyStoreError) {
        do {
            try FileManager.default.createDirectory(atPath: path + "/trials", withIntermediateDirectories: true)
        } catch {
            throw .notWritable(path: path, reason: (error as? CocoaError).map { "\($0.code)" } ?? "\(error)")
        }
    }
}
