import StudyStore
import Controller
import Foundation
import SearchSpaces
import Studies

/// Shows how a run goes, on standard error.
protocol Display: Sendable {
    func show(_ event: StudyEvent, _ history: History)
    /// Leaves the terminal as the summary wants it.
    func close()
}

/// A live picture on a terminal, plain lines elsewhere, nothing when quiet.
func makeDisplay(_ specification: StudySpecification, quiet: Bool) -> any Display {
    if quiet { return SilentDisplay() }
    guard Console.drawsOnTerminal else { return PlainDisplay(specification: specification) }
    return LiveDisplay(specification: specification)
}

struct SilentDisplay: Display {
    func show(_ event: StudyEvent, _ history: History) {}
    func close() {}
}
