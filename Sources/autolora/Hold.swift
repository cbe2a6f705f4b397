import SearchSpaces
struct Feasibility: Sendable {
    init(_ specification: StudySpecification) {}
    func isFeasible(_ assignment: Assignment) -> Bool { true }
}
extension StudySpecification {
    /// Trials in the whole study.
    var trialCount: Int { runCap ?? (method == .grid ? space.size : nil) ?? Self.defaultRunCap }
}
