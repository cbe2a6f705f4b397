import ArgumentParser
import Checkpoints
import Conversions
import Exports
import Finetuning
import Foundation
import Methods
import Tasks
import TrainerSettings

/// Adapters as one: several of a model, one with a lower rank, or one as a part of its base.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merges an adapter into its base, several adapters into one, or cuts one's ranks.",
        discussion: """
            One adapter alone becomes a part of its base: a Hugging Face folder, held against base and adapter before it is handed out. With \
            --rank it becomes an adapter of that rank. Several become one adapter of the same base, by their weights.

            EXAMPLES
              autolora merge adapter --output model
              autolora merge adapter --rank 4 --output small-adapter
              autolora merge one other --kind svd --weights 0.7,0.3 --rank 16 --output both
            """)

    @Argument(help: "Adapters' folders in PEFT's format.") var adapters: [String]
    @Option(help: "The folder to write; nothing may be there.") var output: String
    @Option(help: "How several become one, as PEFT's add_weighted_adapter: linear, cat, svd or ties. (default: svd)")
    var kind: AdapterMixture.Kind?
    @Option(help: "One for each adapter, with commas between. (default: 1 for each)") var weights: String?
    @Option(help: "The rank to cut to by singular values. (default of svd: the highest that an adapter has)") var rank: Int?
    @Option(help: "The share of numbers that ties keeps. (default: 0.5)") var density: Double?
    @Option(help: "The base, where the adapters name another place: a folder or a .gguf file; of several, that of all.")
    var model: String?
    @Option(help: "Of the merged model's weights: \(MergeCommand.types.joined(separator: ", ")).") var type: String?
    @Flag(help: "Print one JSON object with what was written.") var json = false

    private static let types = ModelForms.types(of: "merged") ?? []

    private var entersBase: Bool { adapters.count == 1 && rank == nil }

    func validate() throws {
        for path in adapters + [output] { try PathArguments.requireExpanded(path, option: "merge") }
        guard !adapters.isEmpty else { throw ValidationError("Give an adapter's folder.") }
        func only(_ option: String, _ isGiven: Bool, _ holds: Bool, _ with: String) throws {
            guard !isGiven || holds else { throw ValidationError("\(option) goes with \(with); leave it out.") }
        }
        try only("--kind", kind != nil, adapters.count > 1, "several adapters")
        try only("--weights", weights != nil, adapters.count > 1, "several adapters")
        try only("--density", density != nil, kind == .ties, "--kind ties")
        try only("--rank", rank != nil, adapters.count == 1 || (kind ?? .svd) == .svd, "one adapter or --kind svd")
        try only("--model", model != nil, entersBase || adapters.count > 1, "several adapters, or one that goes into its base")
        try only("--type", type != nil, entersBase, "one adapter that goes into its base")
        if let type, !Self.types.contains(type) {
            throw ValidationError("--type: there is no '\(type)' (known: \(Self.types.joined(separator: ", "))).")
        }
        if let rank, !(1...4096).contains(rank) { throw ValidationError("--rank: expected 1 to 4096.") }
        if let density, !(density > 0 && density <= 1) {
            throw ValidationError("--density: expected a share above 0, up to 1.")
        }
        guard try factors().count == adapters.count else {
            throw ValidationError("--weights: expected \(adapters.count) numbers, one for each adapter.")
        }
    }

    private func factors() throws -> [Double] {
        guard let weights else { return adapters.map { _ in 1 } }
        return try weights.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let number = Double($0), number.isFinite else { throw ValidationError("--weights: '\($0)' is no number.") }
            return number
        }
    }

    func run() throws {
        do {
            let place = try ExportPlace(output)
            try place.requireNothing()
            outliveLargeFiles()
            Interruption.removesUnfinished()
            useThreads(nil, ProcessInfo.processInfo.environment)
            try entersBase ? mergeIntoBase(place) : mix(place)
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }

    private func mergeIntoBase(_ place: ExportPlace) throws {
        let adapter = TrainedAdapter(adapters[0])
        guard !adapter.isModel else {
            throw InputError(
                place: adapters[0], problem: "is a whole model already, with nothing to merge; give an adapter's folder")
        }
        let settings = try adapter.settings(model: model)
        let trial = try TrialModel(settings, adapter: adapters[0])
        if let remark = trial.remark { Console.error(remark) }
        var agreement: Agreement?
        try write(place, isModel: true) { draft in
            try ModelForms.write(trial, as: "merged", type: type, to: draft)
            agreement = try ModelForms.verify(draft, of: trial, as: "merged").agreement
            let words = agreement.map { ", which answers as they do: on \(trial.textsTitle) logits differ by \($0.words)" }
            try DerivedCard(
                base: settings.model, library: "transformers",
                text: "A model with an adapter in it, by `autolora merge \(adapters[0])`\(words ?? "")."
            ).write(in: draft)
        }
        guard let agreement else { return }
        tell(
            "a model with the adapter in it; read again, on \(trial.textsTitle) its logits differ by \(agreement.words)",
            ["base": .string(settings.model), "difference": .double(agreement.share)])
    }

    /// Nothing is there before it is whole.
    private func write(_ place: ExportPlace, isModel: Bool = false, _ body: (_ draft: String) throws -> Void) throws {
        let target = ExportTarget.folder(mark: isModel ? "config.json" : "adapter_config.json", files: [])
        try place.write(as: target, named: output) { draft in
            do { try body(draft) } catch let error where !(error is AtomicFileError) { throw ExportError(errorText(error)) }
        }
    }

    private func mix(_ place: ExportPlace) throws {
        let folders = adapters.map { AdapterFolder($0) }
        guard folders.count > 1 else { return try cutOne(folders[0], place) }
        if let model, !FileManager.default.fileExists(atPath: model) {
            throw InputError(place: "--model", problem: "there is no model at '\(model)'; give its folder or .gguf file")
        }
        let (kind, factors) = (kind ?? .svd, try factors())
        let mixture = try AdapterMixture(folders, weights: factors, kind: kind, density: density ?? 0.5, base: model)
        let notes = try TrainingNotes.files(sharedBy: adapters)
        var sentence = "an adapter of rank \(mixture.rank), by \(kind.rawValue)"
        var values: [String: SettingValue] = ["rank": .int(mixture.rank)]
        try write(place) { draft in
            if kind == .svd {
                let whole = draft + "/whole"
                guard mkdir(draft, 0o777) == 0 else {
                    throw ExportError("\(draft): cannot be made: \(String(cString: strerror(errno)))")
                }
                try mixture.write(to: whole, files: notes)
                let highest = try folders.map { try AdapterRanks($0).modules.map(\.rank).max() ?? 1 }.max() ?? 1
                (sentence, values) = try cut(AdapterFolder(whole), to: rank ?? highest, draft)
                try FileManager.default.removeItem(atPath: whole)
            } else {
                try mixture.write(to: draft, files: notes)
            }
            let parts = zip(adapters, factors).map { "- `\($0)`, weight \(SettingValue.short($1))" }.joined(separator: "\n")
            try DerivedCard(
                base: mixture.base, library: "peft",
                text: "\(sentence.prefix(1).uppercased() + sentence.dropFirst()). Made by `autolora merge` of\n\n\(parts)"
            ).write(in: draft)
        }
        tell(sentence, values)
    }

    private func cutOne(_ adapter: AdapterFolder, _ place: ExportPlace) throws {
        var told: (String, [String: SettingValue]) = ("", [:])
        try write(place) { draft in
            told = try cut(adapter, to: rank ?? 1, draft)
            try DerivedCard(cutFrom: adapter.path, by: "autolora merge", told.0).write(in: draft)
        }
        tell(told.0, told.1)
    }

    /// - Returns: what was written, in words and in figures.
    private func cut(
        _ adapter: AdapterFolder, to rank: Int, _ draft: String
    ) throws -> (String, [String: SettingValue]) {
        let ranks = try AdapterRanks(adapter)
        let kept = ranks.modules.map { min(rank, $0.values.count) }
        func energy(_ values: some Sequence<Double>) -> Double { values.reduce(0) { $0 + $1 * $1 } }
        let whole = ranks.modules.reduce(0) { $0 + energy($1.values) }
        let left = zip(ranks.modules, kept).reduce(0) { $0 + energy($1.0.values.prefix($1.1)) }
        let lost = whole > 0 ? max(0, 1 - left / whole) : 0
        try ranks.write(cutTo: kept, to: draft)
        let reached = kept.max() ?? rank
        let limit = reached < rank ? ", all that there is for --rank \(rank)" : ""
        return (
            "an adapter of rank \(reached)\(limit); of the sum of its squared singular values \(SettingValue.short(100 * lost)) % is lost",
            ["rank": .int(reached), "lost": .double(lost)]
        )
    }

    private func tell(_ sentence: String, _ values: [String: SettingValue]) {
        guard json else { return Console.error("wrote \(output): \(sentence)") }
        Console.print(json: .object(values.merging(["output": .string(output)]) { $1 }))
    }
}

extension AdapterMixture.Kind: ExpressibleByArgument {}
