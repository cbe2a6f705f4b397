import ArgumentParser
import Finetuning
import Foundation
import Methods
import StudyStore
import StudyViews
import Tasks
import Tensors
import TrainerSettings

struct RanksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranks", abstract: "Finds the ranks that a trained adapter needs, module by module, without training.",
        discussion: """
            Every lower rank of every module is told from the adapter's singular values. The best ranks for a number of parameters \
            follow, and the curve of quality against parameters: the adapter is cut at a dozen places and measured on held-out rows. \
            --budget counts the adapters' parameters, without the head. --output writes the adapter cut to the chosen ranks, for PEFT and as an \
            init_adapter.

            Give a study (its best trial, or --trial), or an adapter's folder; the data of an adapter that is no trial's are given by \
            --data or --config.

            --probe tells ranks for an adapter that is yet to be trained instead: by the gradients of the first batches of a \
            configuration's training, which may be a file that is given in place of the study.

            Example: autolora ranks movie-reviews --budget 200000 --output cut
            """)

    @Argument(
        help: "A study's name, or the folder of an adapter in PEFT's format; with --probe also a configuration.",
        completion: .directory) var source: String
    @OptionGroup var studies: StudiesOption
    @Option(help: "The parameters that the adapters may have. (default: as few as cost nothing that the rows can tell)")
    var budget: Int?
    @Option(help: "A trial's number, instead of the study's best.") var trial: Int?
    @Option(help: "A trial's config.json, or an object of trainer settings, for the model and the data.", completion: .file())
    var config: String?
    @Option(help: "Rows for the curve: .jsonl, .csv or .tsv. (default: the configuration's)", completion: .file()) var data:
        String?
    @Option(
        help: "The model's folder. (default: the configuration's, else the one that the adapter names)", completion: .directory)
    var model: String?
    @Option(help: "The configuration's data for the curve: train, validation or test.") var split = DataPart.validation
    @Option(help: "Places of the curve; 0: no curve.") var points = 12
    @Option(help: "The folder to write the cut adapter into.", completion: .directory) var output: String?
    @Flag(help: "Find ranks by a probe of gradients, before any training.") var probe = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        for (path, option) in [
            (config, "--config"), (data, "--data"), (model, "--model"), (output, "--output"),
        ] {
            try PathArguments.requireExpanded(path, option: option)
        }
        if let budget, budget < 1 { throw ValidationError("--budget: expected a whole number above 0.") }
        guard (0...100).contains(points) else { throw ValidationError("--points: expected 0 to 100.") }
        if probe, output != nil || data != nil || split != .validation {
            throw ValidationError(
                "--probe looks at the training data and writes nothing: leave out --output, --data and --split.")
        }
        if data != nil, split != .validation { throw ValidationError("--data and --split exclude each other.") }
    }

    func run() async throws {
        try await failing {
            guard !probe else { return try runProbe() }
            if let output, FileManager.default.fileExists(atPath: output) {
                throw InputError(place: output, problem: "is there already; give another --output, or remove it")
            }
            let adapter = try RankedAdapter(source, studies, trial: trial, config: config, data: data, model: model)
            let environment = ProcessInfo.processInfo.environment
            useThreads(adapter.settings?.threads, environment)
            let clock = ContinuousClock()
            let start = clock.now
            let ranks = try AdapterRanks(AdapterFolder(adapter.folder))
            let seconds = (clock.now - start) / .seconds(1)
            let curve = try curve(of: ranks, adapter, environment)
            let metric = adapter.metric ?? MetricGoal(adapter.settings ?? TrainerSettings())
            let report = try RankReport(ranks, budget: budget, curve: curve, metric: metric)
            if let output {
                try ranks.write(cutTo: report.chosen, to: output)
                let kept = report.chosen.filter { $0 > 0 }
                let sentence = "ranks of \(kept.min() ?? 0) to \(kept.max() ?? 0) in \(kept.count) modules, of scale 1"
                try DerivedCard(cutFrom: adapter.folder, by: "autolora ranks", sentence).write(in: output)
            }
            guard !json else {
                guard case .object(var value) = report.value(continues: output != nil) else { return }
                (value["scoring_seconds"], value["training_seconds"]) = (
                    .double(seconds), adapter.trainSeconds.map { .double($0) } ?? .null
                )
                return Console.print(json: .object(value))
            }
            Console.print(report.text)
            Console.print("\nscored     all lower ranks in \(SettingValue.short(seconds)) s\(adapter.share(of: seconds))")
            if curve.isEmpty, points > 0 {
                Console.print("curve      none: \(adapter.lack ?? "there are no rows"); give --data FILE, or --config FILE")
            }
            Console.print("to train with these ranks, in a space file under trainer, or in a configuration:")
            Console.print(report.settingsText(initAdapter: output))
            if let output { Console.error("wrote \(output); `rm -r \(output.shellWord)` undoes it") }
        }
    }

    private func runProbe() throws {
        let files = FileManager.default
        var isFolder: ObjCBool = false
        let isFile = files.fileExists(atPath: source, isDirectory: &isFolder) && !isFolder.boolValue
        var found =
            try isFile
            ? TrialConfiguration(path: source).settings
            : RankedAdapter(source, studies, trial: trial, config: config, data: nil, model: model).settings
        if let model { found?.model = model }
        guard let settings = found else {
            throw InputError(place: source, problem: "nothing tells which rows to train on; give --config FILE")
        }
        guard settings.finetuningType == .lora else {
            throw InputError(
                place: source,
                problem: "finetuning_type is \(settings.finetuningType.rawValue), which has no ranks; give one of lora")
        }
        let environment = ProcessInfo.processInfo.environment
        useThreads(settings.threads, environment)
        outliveLargeFiles()
        Interruption.listen()
        let whole = try RankProbe(
            settings, cacheFolder: cacheFolder(environment), warn: { Console.error($0) },
            isInterrupted: { Interruption.signal != nil })
        guard let probe = whole else { throw ExitCode(128 + (Interruption.signal ?? SIGINT)) }
        let report = try ProbeReport(probe, settings, budget: budget)
        guard !json else { return Console.print(json: report.value) }
        Console.print(report.text)
        Console.print("\nto train with these ranks, in a space file under trainer, or in a configuration:")
        Console.print(report.settingsText)
        Console.print("the same each time, by itself: rank_allocation: probe")
    }

    private func curve(
        of ranks: AdapterRanks, _ adapter: RankedAdapter, _ environment: [String: String]
    ) throws -> [RankCurve.Point] {
        let chosen = try RankReport.place(in: ranks, within: budget)
        guard points > 0, let settings = adapter.settings else { return [] }
        outliveLargeFiles()
        Interruption.listen()
        let curve = try RankCurve(
            ranks, settings, split: split, cacheFolder: adapter.cache ?? cacheFolder(environment), warn: { Console.error($0) })
        let places = Set(ranks.path.places(count: points) + [chosen]).sorted()
        var found: [RankCurve.Point] = []
        for (number, place) in places.enumerated() {
            if Console.drawsOnTerminal {
                Console.draw("\rcut \(number + 1) of \(places.count), \(curve.rowCount) rows each\u{1B}[K")
            }
            guard let point = try curve.point(at: place, isInterrupted: { Interruption.signal != nil }) else {
                throw ExitCode(130)
            }
            found.append(point)
        }
        if Console.drawsOnTerminal { Console.draw("\r\u{1B}[K") }
        return found
    }
}
