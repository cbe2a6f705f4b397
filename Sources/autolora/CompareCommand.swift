import ArgumentParser
import Foundation
import SpaceFiles
import StudyStore
import StudyViews
import TrainerSettings

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compares two studies, trials or exported adapters.",
        discussion: """
            Metrics, parameters, memory, speed and size, and whether the difference is more than a seed's noise, where `autolora confirm` \
            has measured that. A study stands for its best trial; a trial is named as STUDY/NUMBER, or as STUDY NUMBER; an adapter by its \
            folder.

            Examples: autolora compare reviews reviews-again
                      autolora compare reviews 3 7
                      autolora compare adapters/reviews adapters/quick --json
            """)

    @Argument(help: "Two of: a study, STUDY/TRIAL, STUDY TRIAL, an adapter's folder.") var sides: [String]
    @OptionGroup var studies: StudiesOption
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { _ = try Self.split(sides) }

    func run() async throws {
        try await failing {
            let sides = try Self.split(sides)
            let comparison = Comparison(try contender(sides[0]), try contender(sides[1]))
            if json { Console.print(json: comparison.json) } else { Console.print(comparison.text) }
        }
    }

    private struct Side {
        let name: String
        let trial: Int?
    }

    /// `STUDY 3 7` is two trials of one study.
    private static func split(_ words: [String]) throws -> [Side] {
        var sides: [Side] = []
        var place = 0
        while place < words.count {
            let word = words[place]
            place += 1
            if let number = Int(word), let last = sides.last, last.trial != nil {
                sides.append(Side(name: last.name, trial: number))
            } else if place < words.count, let number = Int(words[place]) {
                sides.append(Side(name: word, trial: number))
                place += 1
            } else {
                sides.append(Side(name: word, trial: nil))
            }
        }
        guard sides.count == 2 else {
            throw ValidationError(
                "found \(sides.count) side\(sides.count == 1 ? "" : "s") to compare, expected two: autolora compare STUDY STUDY, STUDY 3 7, or two adapters' folders"
            )
        }
        return sides
    }

    private func contender(_ side: Side) throws -> Contender {
        let folder = URL(filePath: side.name).standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/")
        if side.trial == nil, let adapter = ExportedAdapter(folder) { return Contender(adapter) }
        var (name, trial) = (side.name, side.trial)
        if trial == nil, let slash = name.lastIndex(of: "/"), let number = Int(name[name.index(after: slash)...]) {
            (name, trial) = (String(name[..<slash]), number)
        }
        let wrong = { (problem: String) in StudyViewError("\(side.name): \(problem)") }
        if name.contains("/") {
            let (root, last) = (
                URL(filePath: name).deletingLastPathComponent().relativePath, URL(filePath: name).lastPathComponent
            )
            if FileManager.default.fileExists(atPath: name + "/study.sqlite") {
                throw wrong(
                    "is a study's folder; give its name: autolora compare \(last.shellWord) ... --studies \(root.shellWord)")
            }
            if StudyFolder.names(in: studies.root).contains(root) {
                throw wrong(
                    "'\(last)' is no trial's number; give study '\(root)' as it is, or \(root)/NUMBER with a number from 0")
            }
            throw wrong("is neither a folder that `autolora export` or PEFT wrote nor a study in \(studies.studies)")
        }
        let store = try StudyStore.open(try StudyFolder(root: studies.root, name: name), for: .reading)
        let record = try store.study()
        var data: [DataFact] = []
        if !record.isImported, var file = try? store.spaceFile(of: record) {
            _ = try? file.locate(besides: [record.folder])
            data = StudyData.facts(of: file.specification, counts: false)
        }
        return try Contender(store, trial: trial, data: data)
    }
}
