import FoundationEssentials
package import Studies
package import StudyStore

extension StudyFolder {
    /// What a trial has printed; nil: it was never launched, or its log is gone.
    package func keptLog(of id: Trial.ID) -> String? {
        let path = log(of: id)
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// The folder with a trial's adapter; nil: it left none.
    package func keptAdapter(of id: Trial.ID) -> String? {
        let folder = adapter(of: id)
        return FileManager.default.fileExists(atPath: folder) ? folder : nil
    }

    /// A trial's log as the user would name it: from the current folder where it is inside.
    package func shownLog(of id: Trial.ID) -> String {
        let path = log(of: id)
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }

    /// What went wrong with a launched trial, and where its log is.
    package func shownError(_ error: String, of trial: Trial) -> String {
        trial.launches > 0 ? "\(error) (log: \(shownLog(of: trial.id)))" : error
    }
}
