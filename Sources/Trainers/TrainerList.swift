package import SearchSpaces
package import SpaceFiles

/// The trainers that a space file can name.
package struct TrainerList: Sendable {
    /// Those that are programs of others: a new one is added here.
    package static let programs: [any Trainer] = [CommandTrainer()] + ExternalTrainer.all

    package let all: [any Trainer]

    /// - Parameter all: the first is taken where a section gives no type.
    package init(_ all: [any Trainer]) {
        self.all = all
    }

    /// What the reader of space files needs.
    package var types: [any TrainerType] { all }

    /// The trainer of a study that was read with this list.
    package subscript(_ specification: TrainerSpecification) -> any Trainer {
        all.first { $0.type == specification.type } ?? all[0]
    }
}
