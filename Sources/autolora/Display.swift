import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore

/// Shows how a run goes, on standard error.
protocol Display: Sendable {
    func show(_ event: StudyEvent, _ history: History)
    /// Leaves the terminal as the summary wants it.
    func close()
}

/// A live picture on a terminal, plain lines elsewhere, nothing when quiet.
func makeDisplay(_ specification: StudySpecification, of folder: StudyFolder, start: RunStart, quiet: Bool) -> any Display {
    if quiet { return SilentDisplay() }
    guard Console.drawsOnTerminal else { return PlainDisplay(specification: specification, folder: folder) }
    return LiveDisplay(specification: specification, start: start)
}

extension StudyFolder {
    /// A trial's log as the user would name it: from the current folder where it is inside.
    func shownLog(of id: Trial.ID) -> String {
        let path = log(of: id)
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }

    /// What went wrong with a launched trial, and where its log is.
    func shownError(_ error: String, of trial: Trial) -> String {
        trial.launches > 0 ? "\(error) (log: \(shownLog(of: trial.id)))" : error
    }
}

struct SilentDisplay: Display {
    func show(_ event: StudyEvent, _ history: History) {}
    func close() {}
}
