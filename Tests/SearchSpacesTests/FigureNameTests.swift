import Testing
import TrainerSettings

@testable import SearchSpaces

/// The metric that is taken where the space file names none.
struct FigureNameTests {
    @Test(arguments: [
        (["learning_rate", "batch_size"], nil), (["n_params", "device_count"], nil),
        (["num_examples", "total_steps", "seed"], nil),
        (["epoch", "train_loss", "val_acc"], "val_acc"),
        (["epoch", "global_step", "lr", "time", "loss", "val_acc"], "val_acc"),
        (["epoch", "accuracy", "loss"], "accuracy"), (["y", "loss"], "loss"), (["y"], "y"),
        (["eval_runtime", "eval_loss"], "eval_loss"),
        (["total_loss"], "total_loss"), (["max_accuracy", "n_epochs"], "max_accuracy"), (["valLoss", "trainLoss"], "valLoss"),
        (["loss/train", "loss/val"], "loss/train"), (["grad_norm", "error_rate"], "error_rate"), (["", "_"], nil),
        // A configuration's constants, and a log line with the learning rate.
        (["learning_rate", "hidden", "alpha"], nil), (["lr_x", "val_share"], nil), (["learning_rate", "step", "loss"], "loss"),
        (["optimizer.lr_x", "margin"], nil), (["optimizer/lr-x", "margin"], nil),
        (["samples_per_second", "train_runtime"], nil), (["acc_norm"], "acc_norm"), (["win_ratio", "x"], "win_ratio"),
        (["grad_norm", "weight_decay"], nil), (["eval_accuracy_se", "eval_accuracy"], "eval_accuracy"), (["loss_se"], nil),
    ])
    func `a measure is taken, and no parameter, count or setting`(names: [String], expected: String?) throws {
        let space = SearchSpace([
            Parameter(name: "learning_rate", distribution: .categorical([.double(0.1), .double(0.2)], probabilities: nil)),
            Parameter(name: "optimizer.lr-x", distribution: .uniform(min: 0, max: 1)),
            Parameter(name: "loss", distribution: .categorical([.string("mse"), .string("mae")], probabilities: nil)),
        ])
        #expect(FigureName.likelyMetric(among: names, parameters: space.figureNames) == expected)
    }

    @Test func `parameters go by their whole names and by their last parts, and only where they are numbers`() throws {
        let space = SearchSpace([
            Parameter(name: "a.b-c", distribution: .constant(.int(3))),
            Parameter(name: "a.d", distribution: .categorical([.string("x"), .int(1)], probabilities: nil)),
            Parameter(name: "loss", distribution: .categorical([.string("mse"), .string("mae")], probabilities: nil)),
            Parameter(name: "e/f", distribution: .intUniform(min: 1, max: 2)),
        ])
        #expect(space.figureNames == ["a_b_c", "b_c", "a_d", "d", "e_f", "f"])
    }
}
