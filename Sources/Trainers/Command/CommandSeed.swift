import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// Whether a seed reaches the program that a command starts: by a parameter of that name, by the command's words, or as the text of the
/// program, or of a file of Python beside it, names what a trial is told its seed by.
struct CommandSeed {
    private let study: StudySpecification

    /// Files beside the program that are looked through, and the bytes of one.
    private static let (mostFiles, mostBytes) = (200, 8 << 20)

    init(_ study: StudySpecification) { self.study = study }

    /// Why every seed would train the same, and what to do about it; nil: it reaches the program.
    var problem: String? {
        guard study.space.seedParameter == nil else { return nil }
        let command = Command(study.trainer)
        let words = command.words + [command.program].compactMap(\.self)
        guard !words.contains(where: { $0.lowercased().contains("seed") }), !files(of: words).contains(where: Self.reads) else {
            return nil
        }
        return
            "its command takes no seed, so that every seed would train the same; let the program read AUTOLORA_SEED (or 'seed' in "
            + "the file that AUTOLORA_CONFIG names), or add a parameter `seed: {value: 0}`, which ${args} passes on"
    }

    /// The files among the words, then those of Python beside them.
    private func files(of words: [String]) -> [String] {
        let paths = words.map { $0.hasPrefix("/") ? $0 : study.folder + "/" + $0 }
        let named = paths.filter(ProgramPath.isFile)
        let folders = Set(named.map { URL(filePath: $0).deletingLastPathComponent().path }).sorted()
        return named + folders.flatMap(Self.pythonFiles)
    }

    private static func pythonFiles(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".py") }.sorted().prefix(mostFiles).map { folder + "/" + $0 }
    }

    private static func reads(_ path: String) -> Bool {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= mostBytes,
            let data = FileManager.default.contents(atPath: path)
        else { return false }
        let text = String(decoding: data, as: UTF8.self)
        if text.contains("AUTOLORA_SEED") { return true }
        // A compiled program has all kinds of words in it.
        guard !data.prefix(4096).contains(0), text.contains("AUTOLORA_CONFIG") || text.contains("config.json") else {
            return false
        }
        return ["\"seed\"", "'seed'", ".seed"].contains { text.contains($0) }
    }
}
