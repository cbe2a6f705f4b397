import SearchSpaces
import TrainerSettings

/// Reads `rank_search`: a number of parameters for every trial, and with it one more thing to search, how they are spread over the modules.
struct RankSearchReader {
    private let value: LocatedValue
    private let position: Position
    let search: RankSearch
    private let learningRate: LocatedValue?

    private static let allocation = "rank_allocation"
    /// What a budget decides.
    private static let decided = [
        "r", "lora_alpha", "rank_pattern", "alpha_pattern", allocation, "rank_start", "rank_start_learning_rate",
    ]

    /// nil where the file says nothing of it.
    init?(root: Section) throws(SpaceFileError) {
        guard let value = root["rank_search"] else { return nil }
        let section = try Section(value, named: "rank_search", allowed: ["budget", "start", "start_learning_rate"])
        guard let budget = try section.count("budget", atLeast: 1) else {
            throw value.expected("a budget, such as {budget: 200000, start: 64}")
        }
        (self.value, position) = (value, root.position(of: "rank_search"))
        search = RankSearch(budget: budget, start: try section.count("start", atLeast: 1) ?? RankSearch.defaultStart)
        learningRate = section["start_learning_rate"]
    }

    /// Refuses what the budget decides, and trainers that find no ranks.
    func check(_ parameters: [LocatedParameter], _ trainer: LocatedTrainer) throws(SpaceFileError) {
        guard trainer.specification.traits.findsRanks else {
            throw SpaceFileError(at: position, "'rank_search' is the built-in trainer's (type: lora); leave it out")
        }
        func refuse(_ name: String, at position: Position) -> SpaceFileError {
            let instead = name == "lora_alpha" ? "; give alpha_over_r instead" : "; leave it out, or leave out rank_search"
            return SpaceFileError(at: position, "'\(name)' is decided by rank_search" + instead)
        }
        for parameter in parameters where Self.decided.contains(parameter.name) {
            throw refuse(parameter.name, at: parameter.position)
        }
        for name in Self.decided where trainer.settings[name] != nil {
            throw refuse(name, at: trainer.places[name] ?? position)
        }
    }

    /// What is searched besides, as if the file had it among its parameters.
    func parameters(beside others: [LocatedParameter]) throws(SpaceFileError) -> [LocatedParameter] {
        func text(_ text: String) -> LocatedValue { located(.scalar(.string(text), text: text)) }
        func mapping(_ entries: [(String, LocatedValue)]) -> LocatedValue {
            located(.mapping(entries.map { LocatedValue.Entry(key: $0.0, keyPosition: position, value: $0.1) }))
        }
        let start = located(.scalar(.int(search.start), text: "\(search.start)"))
        let isCut = ("when", mapping([(Self.allocation, text("cut"))]))
        var allocation = [("values", located(.sequence(["uniform", "probe", "cut"].map(text))))]
        if others.contains(where: { $0.name == "finetuning_type" }) {
            allocation.append(("when", mapping([("finetuning_type", text("lora"))])))
        }
        var entries = [
            (Self.allocation, mapping(allocation)), ("rank_start", mapping([("value", start), isCut])),
        ]
        if let learningRate { entries.append(("rank_start_learning_rate", mapping([("value", learningRate), isCut]))) }
        var found: [LocatedParameter] = []
        for (name, value) in entries {
            found += try LocatedParameter.all(of: LocatedValue.Entry(key: name, keyPosition: position, value: value))
        }
        return found
    }

    private func located(_ content: LocatedValue.Content) -> LocatedValue {
        LocatedValue(position: value.position, content: content)
    }
}
