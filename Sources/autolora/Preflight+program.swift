import SearchSpaces

extension Preflight {
    /// What can be told of a program that is not ours.
    func program() throws -> Findings {
        Findings(
            feasibility: Feasibility(specification, labelCount: 0),
            read: [Finding(kind: "not read", text: "the program, and what it reads: only a trial tells whether it runs")])
    }
}
