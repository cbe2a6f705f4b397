import SearchSpaces
import SpaceFiles
import Tasks
import TrainerSettings
import Trainers

/// Reads what a trial of the built-in trainer would, in the order in which a user would mend it; nothing is trained.
///
/// The model is read in `LoRAPreflight+model.swift`, the data in `LoRAPreflight+data.swift`.
struct LoRAPreflight {
    typealias Finding = Preflight.Finding

    let specification: StudySpecification
    let file: SpaceFile

    init(_ specification: StudySpecification, file: SpaceFile) {
        self.specification = specification
        self.file = file
    }

    /// - Throws: what the files throw, each naming file and place; `SpaceFileError` for a choice that cannot be run.
    func run() throws -> Preflight {
        try file.requirePaths()
        let models = try models()
        try checkTasks(on: models)
        // What a study on record asks for was looked at when it began; should a later version refuse some of that, it is proposed no more.
        if !file.isOnRecord {
            try checkPlacements(on: models)
            try checkPrecisions(of: models)
        }
        let data = try data()
        if !file.isOnRecord { try checkStart(of: models, head: data.head) }
        let memory = StudyMemory(specification)
        try checkMemory(memory)
        let feasibility = Feasibility(specification, head: data.head, memory: memory)
        let impossible = file.isOnRecord ? [] : try impossiblePairs(feasibility)
        let specification = specification
        var findings = Preflight()
        findings.read = models.flatMap(\.findings)
        findings.data = data.findings
        findings.warnings = models.flatMap(\.warnings) + data.warnings + impossible
        findings.isFeasible = { feasibility.isFeasible($0) }
        findings.disk = { TrialDisk(specification, feasibility) }
        findings.memory = { memory.statement }
        return findings
    }

    /// Refuses a study of which no configuration fits the memory that it may take.
    private func checkMemory(_ memory: StudyMemory) throws {
        guard let refusal = memory.refusal else { return }
        guard let cap = specification.trainer.settings["memory_cap"] else {
            throw InputError(place: file.file, problem: "memory: " + refusal)
        }
        throw file.refusal(of: "memory_cap", cap, "memory_cap: " + refusal)
    }

    /// What a configuration says but of its schedule: whether that holds together, each configuration that is proposed tells for itself.
    func settings(_ assignment: Assignment) throws -> TrainerSettings {
        try TrainerSettings(assignment, in: specification, without: TrainerSettings.scheduleNames)
    }

    /// A configuration for each combination of these parameters' values that can hold together, the others drawn.
    func choices(of names: [String]) -> [Assignment] {
        let all = ConfigurationChoices(specification).all(of: names)
        let holding = all.compactMap { self.holding($0, keeping: names) }
        return holding.isEmpty ? all : holding
    }

    /// The choice, or another with these values, that can be read; nil: what these say together is never proposed.
    func holding(_ choice: Assignment, keeping names: [String]) -> Assignment? {
        let kept = Assignment(choice.values.filter { names.contains($0.key) })
        return ([choice] + [0.5, 0, 0.99].map { whole(kept, at: $0) }).first { (try? settings($0)) != nil }
    }

    /// The choice without the parameters that others switch off.
    ///
    /// - Parameter quantile: of what it leaves open.
    func whole(_ choice: Assignment, at quantile: Double = 0.5) -> Assignment {
        specification.space.assignment { parameter, _ in
            choice[parameter.name] ?? parameter.distribution.value(atQuantile: quantile)
        }
    }

    /// Refuses what a configuration says of a setting, at its place in the file.
    func refusal(of setting: String, in assignment: Assignment, _ problem: String) -> SpaceFileError {
        file.refusal(of: setting, assignment.settings[setting] ?? specification.trainer.settings[setting], problem)
    }
}
