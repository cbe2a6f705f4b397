import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore

/// Shows how a run goes.
protocol Display: Sendable {
    /// Takes the study as it stands.
    func begin(_ history: History)
    func show(_ event: StudyEvent)
    /// So many events came faster than they could be shown.
    func skip(_ count: Int)
    /// Leaves the terminal as the summary wants it.
    func close()
}

/// A live picture on a terminal, plain lines elsewhere, nothing when quiet.
func makeDisplay(_ specification: StudySpecification, of folder: StudyFolder, start: RunStart, quiet: Bool) -> any Display {
    if quiet { return SilentDisplay() }
    guard Console.drawsOnTerminal else { return PlainDisplay(specification: specification, folder: folder) }
    return LiveDisplay(specification: specification, start: start)
}

extension Display {
    /// Shows what happens in a study, and returns once all of it is told.
    func follow(_ news: EventFeed) async {
        while let issue = await news.next() {
            if let history = issue.history { begin(history) }
            if issue.missed > 0 { skip(issue.missed) }
            for event in issue.events { show(event) }
        }
    }

    func skip(_ count: Int) {}
}

struct SilentDisplay: Display {
    func begin(_ history: History) {}
    func show(_ event: StudyEvent) {}
    func close() {}
}
