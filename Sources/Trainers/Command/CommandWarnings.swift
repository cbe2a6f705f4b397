import SearchSpaces
import SpaceFiles
import TrainerSettings

/// What a command says that is probably not meant.
struct CommandWarnings {
    private let study: LocatedStudy
    private let command: LocatedCommand

    init(_ study: LocatedStudy) {
        self.study = study
        command = LocatedCommand(study.trainer.specification) { study.trainer.places[$0] }
    }

    var all: [(Position, String)] { parameters + wordsInWords + optionsInWords + sharedFolders + hydraFolder + isolation }

    private var section: Position { study.trainer.position }

    private func position(of index: Int) -> Position { command.position(of: index) ?? section }

    /// A program that is not told its parameters runs the same configuration in each trial.
    private var parameters: [(Position, String)] {
        guard WandB(study.trainer.specification) == nil else { return [] }
        let tells = command.words.contains { word in
            word.macros.contains { CommandWord.parameters.contains($0) } || word.variables.contains("AUTOLORA_CONFIG")
                || word.text.contains("AUTOLORA_CONFIG")
        }
        guard !tells else { return [] }
        return [
            (
                section,
                "the command passes no parameter on, as it has no ${args}, ${args_no_hyphens}, ${args_json} or ${args_json_file}: every "
                    + "trial is the same, unless the program reads the file that AUTOLORA_CONFIG names"
            )
        ]
    }

    private var wordsInWords: [(Position, String)] {
        command.words.enumerated().compactMap { index, word in
            guard word.loneMacro == nil, let name = word.macros.first(where: CommandWord.severalWords.contains) else {
                return nil
            }
            return (
                position(of: index),
                "${\(name)} stands for several words, so it is filled in only where it is a word of its own; here the program gets it as it is"
            )
        }
    }

    private var optionsInWords: [(Position, String)] {
        command.words.enumerated().compactMap { index, word in
            guard word.text.wholeMatch(of: /--?[A-Za-z][^\s"']*\s+--?[A-Za-z].*/) != nil else { return nil }
            return (position(of: index), "the program gets this as one word; give each option an item of its own")
        }
    }

    /// Python that is told not to look at PYTHONPATH never comes by the stand-in.
    private var isolation: [(Position, String)] {
        guard WandB(study.trainer.specification) == .local,
            let index = command.words.firstIndex(where: { $0.text.wholeMatch(of: /-[A-Za-z]*[IE][A-Za-z]*/) != nil })
        else { return [] }
        return [
            (
                position(of: index),
                "with \(command.words[index].text) Python passes over PYTHONPATH, and with it over the stand-in of wandb: local; leave it out"
            )
        ]
    }

    // MARK: - Folders that trials share

    /// Hydra names its output folder by the second in which a program starts.
    private var hydraFolder: [(Position, String)] {
        guard let index = command.words.firstIndex(where: { $0.loneMacro.map(CommandWord.hydra.contains) == true }),
            !command.words.contains(where: { $0.text.contains("hydra.run.dir=") }),
            !study.parameters.contains(where: { $0.name == "hydra.run.dir" })
        else { return [] }
        return [
            (
                position(of: index),
                "trials that start in the same second share Hydra's output folder; add the word \"hydra.run.dir=${trial_dir}/hydra\""
            )
        ]
    }

    private static let folderOptions: Set = [
        "output", "output_dir", "output_folder", "output_path", "out", "out_dir", "outdir", "outputdir", "save_dir",
        "save_path",
        "save_folder", "checkpoint_dir", "checkpoint_path", "checkpoints_dir", "ckpt_dir", "ckpt_path", "adapter_path",
        "results_dir",
        "result_dir", "logging_dir", "log_dir", "logdir", "run_dir", "work_dir", "workdir", "default_root_dir",
    ]

    private static func namesFolder(_ option: some StringProtocol) -> Bool {
        let name = option.drop { $0 == "-" }.lowercased().replacing("-", with: "_")
        return folderOptions.contains(name.split(separator: ".").last.map(String.init) ?? name) || option == "-o"
    }

    private var sharedFolders: [(Position, String)] {
        var warnings: [(Position, String)] = []
        for (index, word) in command.words.enumerated() {
            guard let (folder, isOwn) = folder(of: word, at: index), !isOwn, !folder.hasPrefix("/dev/") else { continue }
            warnings.append(
                (
                    position(of: index),
                    "all trials write to '\(folder)'; with ${trial_dir} in it each would have a folder of its own"
                ))
        }
        for parameter in study.parameters where Self.namesFolder(parameter.name) {
            guard case .constant(.string(let folder)) = parameter.distribution else { continue }
            warnings.append(
                (
                    parameter.position,
                    "all trials write to '\(folder)'; give '\(parameter.name)' in the command instead, with ${trial_dir} in it"
                ))
        }
        return warnings
    }

    /// The folder that an option names in its own word or the next one, and whether each trial has its own.
    private func folder(of word: CommandWord, at index: Int) -> (String, isOwn: Bool)? {
        let text = word.text
        if let equals = text.firstIndex(of: "=") {
            guard Self.namesFolder(text[..<equals]) else { return nil }
            return (String(text[text.index(after: equals)...]), word.isOwnOfTrial)
        }
        guard text.hasPrefix("-"), Self.namesFolder(text), command.words.indices.contains(index + 1) else { return nil }
        let next = command.words[index + 1]
        return next.text.hasPrefix("-") || next.loneMacro.map(CommandWord.severalWords.contains) == true
            ? nil : (next.text, next.isOwnOfTrial)
    }
}

extension CommandWord {
    /// As the file has it.
    var text: String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .macro(let name): "${\(name)}"
            }
        }.joined()
    }

    /// Whether it is another one in each trial.
    fileprivate var isOwnOfTrial: Bool {
        macros.contains(where: Self.ownOfTrial.contains) || text.contains("AUTOLORA_TRIAL")
    }
}
