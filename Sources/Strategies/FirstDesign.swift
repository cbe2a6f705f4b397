package import SearchSpaces
package import Studies
import TrainerSettings

/// The configurations that are tried before a strategy is asked: the user's own, the best of earlier studies, recipes.
///
/// A pure function of the study's file, its seed and what earlier studies left, so that a resumed study has the same.
package struct FirstDesign: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let assignment: Assignment
        package let origin: Origin
    }

    package enum Origin: Sendable, Hashable {
        case enqueued
        case recipe(String)
        case earlier(study: String, trial: Trial.ID)
    }

    package private(set) var entries: [Entry] = []
    /// How many were left out because a constraint forbids them.
    package private(set) var refused = 0

    /// Of each earlier study.
    private static let bestOfEarlier = 2
    /// Draws of what a partial configuration leaves open, until it is a new one that keeps the constraints.
    private static let draws = 200

    package static let none = FirstDesign()

    private init() {}

    /// - Parameter isFeasible: tells from a configuration whether it keeps the constraints.
    package init(
        _ specification: StudySpecification, earlier: [EarlierStudy] = [],
        isFeasible: (Assignment) -> Bool = { _ in true }
    ) {
        var wanted = specification.enqueued.map { ($0, Origin.enqueued) }
        // A grid tries everything anyway.
        if MethodChoice(specification).method != .grid {
            for study in earlier {
                wanted += PriorKnowledge.best(Self.bestOfEarlier, of: study).compactMap { trial -> (Assignment, Origin)? in
                    let part = PriorKnowledge.nearest(to: trial.assignment, in: specification.space)
                    return part.values.isEmpty ? nil : (part, .earlier(study: study.name, trial: trial.id))
                }
            }
            if specification.warmStart.recipes {
                wanted += LoRARecipe.all.compactMap { recipe -> (Assignment, Origin)? in
                    recipe.projected(on: specification).map { ($0, .recipe(recipe.name)) }
                }
            }
        }
        var taken: Set<Assignment> = []
        for (index, (part, origin)) in wanted.enumerated() {
            var generator = SeededGenerator(specification.seed, -3, index)
            var isForbidden = false
            for _ in 0..<Self.draws {
                let whole = specification.space.completed(part, using: &generator)
                let isNew = !taken.contains(whole)
                isForbidden = isNew && !isFeasible(whole)
                if isNew, !isForbidden {
                    taken.insert(whole)
                    entries.append(Entry(assignment: whole, origin: origin))
                }
                // Where nothing is left open, drawing again comes to the same.
                if isNew && !isForbidden || whole.values.keys.allSatisfy({ part[$0] != nil }) { break }
            }
            if isForbidden { refused += 1 }
        }
    }
}
