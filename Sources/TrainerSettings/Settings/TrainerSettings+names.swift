extension TrainerSettings {
    /// The names that may stand in the trainer's section or among the parameters.
    package static let names: [String] =
        [
            "type", "task", "model", "train", "validation", "test", "split", "text_column", "label_column", "separator",
            "quoting", "output_dir", "init_adapter", "max_steps",
            "num_train_epochs", "eval_steps", "batch_size", "max_length", "shuffle", "drop_last", "r", "lora_alpha",
            "alpha_over_r", "lora_dropout", "target_modules", "layers_to_transform", "learning_rate", "weight_decay",
            "warmup_ratio", "lr_scheduler_type", "max_grad_norm", "precision", "prefix_cache", "threads", "seed",
            "metric_for_best_model",
            "greater_is_better",
        ]

    /// Those too that are refused as not yet available, unless their values ask for nothing.
    package static let knownNames = names + notYetAvailable.map(\.name)

    /// The settings whose values are paths.
    package static let paths = ["model", "train", "validation", "test", "output_dir", "init_adapter"]

    /// Those of them that must exist before a run.
    package static let inputPaths = ["model", "train", "validation", "test", "init_adapter"]

    /// The settings that say what the rows are: configurations that differ in them could not be compared.
    package static let dataShape = ["split", "text_column", "label_column", "separator", "quoting"]

    /// Named by the contract, not built yet, each with the values that ask for nothing.
    static let notYetAvailable: [(name: String, harmless: [SettingValue])] = [
        ("use_rslora", [.bool(false)]), ("use_dora", [.bool(false)]), ("init_lora_weights", [.bool(true)]),
        ("rank_pattern", [.object([:])]), ("alpha_pattern", [.object([:])]), ("loraplus_lr_ratio", [.int(1), .double(1)]),
        ("finetuning_type", [.string("lora")]), ("base_precision", []), ("exclude_modules", [.array([])]),
        ("modules_to_save", [.array([])]), ("bias", [.string("none")]),
        ("gradient_checkpointing", [.bool(false), .string("auto")]),
        ("gradient_accumulation_steps", [.int(1), .double(1)]), ("completion_only_loss", [.bool(false)]),
        ("assistant_only_loss", [.bool(false)]), ("chat_template", []), ("early_stopping_patience", []), ("memory_cap", []),
        ("options", [.object([:])]), ("base", []), ("python", []), ("setup", [.array([])]),
    ]
}

/// "; did you mean 'x'?" for the candidate that goes by that name elsewhere, or is nearest by edit distance, or nothing where none is near.
package func nearestHint(to name: String, among candidates: [String]) -> String {
    if let spoken = OtherNames.hint(for: name, among: candidates) { return "; did you mean \(spoken)?" }
    guard let nearest = nearestName(to: name, among: candidates) else { return "" }
    return "; did you mean '\(nearest)'?"
}

/// The candidate within a third of the name's length by edit distance (Damerau-Levenshtein), the first of equals.
package func nearestName(to name: String, among candidates: [String]) -> String? {
    // A slip of the finger is no page of text, and a distance takes time in the product of the lengths.
    guard name.utf8.count <= 200 else { return nil }
    let ranked = candidates.map { ($0, editDistance(Array(name.lowercased()), Array($0.lowercased()))) }
    guard let (candidate, distance) = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
    return distance <= max(2, name.count / 3) && distance < candidate.count ? candidate : nil
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    for i in 1...a.count {
        for j in 1...b.count {
            let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, substitution)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
            }
        }
    }
    return rows[a.count][b.count]
}
