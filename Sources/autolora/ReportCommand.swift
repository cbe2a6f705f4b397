import ArgumentParser
import Foundation
import SpaceFiles
import StudyStore
import StudyViews
import TrainerSettings

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes all that a study has found into one file, to mail or keep.",
        discussion: """
            What was searched and on what data, the winner and what it is worth, plots, the table of trials, and how to repeat it. A page \
            (.html) has everything in it and loads nothing; Markdown (.md) has its pictures as SVG in a folder beside it.

            Example: autolora report movie-reviews --output movie-reviews.html
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "The file to write: .html or .md.", completion: .file()) var output: String
    @Option(help: "html or md, where the file's name does not say it.") var format: String?
    @Flag(help: "Replace the file where it is there.") var force = false

    func validate() throws {
        try PathArguments.requireExpanded(output, option: "--output")
        _ = try form
    }

    private var form: PageForm {
        get throws {
            guard let format else { return try PageForm(output, allowed: [.html, .md]) }
            guard let form = PageForm(rawValue: format), form != .svg else {
                throw ValidationError("--format \(format): expected html or md")
            }
            if let other = try? PageForm(output, allowed: PageForm.allCases), other != form {
                throw ValidationError("--format \(format) and --output \(output) say two different things; leave out --format")
            }
            return form
        }
    }

    func run() async throws {
        try await failing {
            let store = try study.store()
            let form = try form
            // Before the work: it may be missing.
            let script = form == .html ? try PlotlyScript.find(beside: try StudySession.executable()).text() : ""
            let document = try StudyDocument(
                store, try store.plotSource(), try facts(store), now: Date().timeIntervalSince1970
            ).document
            if form == .html {
                try NewFile.write(document.html(script), to: output, force: force)
            } else {
                try writeMarkdown(document)
            }
            Console.error("wrote \(output)")
        }
    }

    private func writeMarkdown(_ document: Document) throws {
        let url = URL(filePath: output)
        let folder = url.deletingPathExtension().lastPathComponent + "-plots"
        let text = document.markdown {
            "\(folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "_", "."])) ?? folder)/\($0.kind).svg"
        }
        try NewFile.write(text, to: output, force: force)
        let place = url.deletingLastPathComponent().appending(path: folder)
        try makeFolders(place.path(percentEncoded: false))
        for plot in document.plots {
            try NewFile.write(
                plot.svg(), to: place.appending(path: plot.kind + ".svg").path(percentEncoded: false), force: true)
        }
        Console.error("wrote \(place.path(percentEncoded: false)), its \(document.plots.count) pictures")
    }

    private func facts(_ store: StudyStore) throws -> StudyDocument.Facts {
        let record = try store.study()
        var facts = StudyDocument.Facts()
        facts.name = study.study + study.studies.repeated
        if !record.isImported, var file = try? store.spaceFile(of: record) {
            facts.description = SpaceDescription(file.specification, written: file.written).text
            _ = try? file.locate(besides: [record.folder])
            facts.data = StudyData.facts(of: file.specification)
        }
        facts.versions = Versions.lines
        return facts
    }
}

/// What a result was made with, for whoever repeats it.
enum Versions {
    static var lines: [(String, String)] {
        [
            ("autolora", AutoLoRA.version), ("SQLite", StudyStore.sqliteVersion),
            (
                "system",
                "\(ProcessInfo.processInfo.operatingSystemVersionString), \(ProcessInfo.processInfo.activeProcessorCount) cores"
            ),
            ("written", Date().formatted(.iso8601)),
        ]
    }
}
