import Testing

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
        (["grad_norm", "weight_decay"], nil),
    ])
    func `a measure is taken, and no parameter, count or setting`(names: [String], expected: String?) throws {
        let space = try parse(
            sweep(
                """
                learning_rate: {values: [0.1, 0.2]}
                optimizer: {parameters: {lr-x: {min: 0.0, max: 1.0}}}
                loss: {values: [mse, mae]}
                """)
        ).specification.space
        #expect(FigureName.likelyMetric(among: names, parameters: space.figureNames) == expected)
    }

    @Test func `parameters go by their whole names and by their last parts, and only where they are numbers`() throws {
        let space = try parse(
            sweep("a: {parameters: {b-c: {value: 3}, d: {values: [x, 1]}}}\nloss: {values: [mse, mae]}\ne/f: {min: 1, max: 2}")
        ).specification.space
        #expect(space.figureNames == ["a_b_c", "b_c", "a_d", "d", "e_f", "f"])
    }
}
