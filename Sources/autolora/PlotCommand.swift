import ArgumentParser
import Foundation
import SpaceFiles
import StudyStore
import StudyViews
import TrainerSettings

struct PlotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draws a study: a picture as SVG, or a page with one that can be looked into.",
        discussion: """
            \(PlotKinds.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

            --option narrows or turns a plot, as often as there is something to say: states=complete,pruned, trials=1,2,9, top=0.1, \
            parameters=r,learning_rate, metric=eval_loss, x=report|step|seconds, y=linear|log. A kind refuses what it does not take.

            Example: autolora plot movie-reviews --kind curves --option x=step --output curves.svg
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "\(PlotKinds.all.map(\.name).joined(separator: ", ")).") var kind: String
    @Option(help: "The file to write: .svg, or .html with plotly.js in it.", completion: .file()) var output: String?
    @Option(help: "name=value, as above; may be given several times.") var option: [String] = []
    @Flag(help: "Print the plot as JSON: plotly's traces and layout, and the table.") var json = false
    @Flag(help: "Replace the file where it is there.") var force = false

    func validate() throws {
        try PathArguments.requireExpanded(output, option: "--output")
        guard (output != nil) != json else { throw ValidationError("give --output FILE, or --json for standard output") }
        if let output { _ = try PageForm(output, allowed: [.svg, .html]) }
    }

    func run() async throws {
        try await failing {
            let kind = try PlotKinds.named(kind)
            let options = try PlotOptions(query: try OptionWords.read(option))
            let source = try study.store().plotSource()
            let plot = try PlotKinds.plot(kind, of: source, options)
            guard let output else { return Console.print(json: plot.json(.light)) }
            let text: String
            switch try PageForm(output, allowed: [.svg, .html]) {
            case .html:
                let script = try PlotlyScript.find(beside: try StudySession.executable()).text()
                text = PlotPage(title: "\(source.study.name): \(plot.title)", plots: [plot]).html(script)
            default: text = plot.svg()
            }
            try NewFile.write(text, to: output, force: force)
            for note in plot.notes { Console.error("note: \(note)") }
            Console.error("wrote \(output)")
        }
    }
}

/// `name=value` on the command line, by name.
enum OptionWords {
    static func read(_ words: [String]) throws -> [String: String] {
        var query: [String: String] = [:]
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
                throw ValidationError("--option \(word): expected name=value, as states=complete")
            }
            let name = String(word[..<sign])
            guard query[name] == nil else { throw ValidationError("--option \(name): is given twice") }
            query[name] = String(word[word.index(after: sign)...])
        }
        return query
    }
}

/// What a file is to be, by the end of its name.
enum PageForm: String, CaseIterable {
    case svg, html, md

    /// - Throws: `ValidationError` for another end.
    init(_ path: String, allowed: [PageForm]) throws {
        let end = path.split(separator: "/").last?.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let form = end == "htm" ? .html : PageForm(rawValue: end)
        guard let form, allowed.contains(form) else {
            throw ValidationError(
                "--output \(path): expected a name that ends in \(allowed.map { "." + $0.rawValue }.joined(separator: " or "))")
        }
        self = form
    }
}

/// A file that a command writes and that was not there.
enum NewFile {
    /// - Throws: `StudyViewError` where something is there already and `force` is not given, or what is there is no file.
    static func write(_ text: String, to path: String, force: Bool) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard !isFolder.boolValue else { throw StudyViewError("\(path): is a folder; give --output a file's name") }
            guard force else {
                throw StudyViewError("\(path): exists already; choose another --output, or replace it with --force")
            }
        }
        try makeFolders(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
        try AtomicFile.write([Data(text.utf8)], to: path)
    }
}

extension StudyStore {
    /// With what the space file says of axes and rungs; where it cannot be read, or the study was imported, the values tell.
    func plotSource() throws -> PlotSource {
        let specification = try? spaceFile(of: try study()).specification
        return try PlotSource(self, specification)
    }
}
