package import Trainers

extension TrainerList {
    /// The built-in trainer, which a file without a type means, and all others.
    package static let standard = TrainerList([LoRATrainer()] + programs)
}
