import HTTPTypes
import Hummingbird
import NIOCore
import StudyViews
import TrainerSettings

extension Routes {
    /// The page, which is the same for every view, its files, and what they have to know.
    func addPages(to router: Pages) {
        let views: [RouterPath] = ["/", "/compare", "/studies/:study", "/studies/:study/trials/:trials"]
        for path in views { router.get(path) { request, _ in PageFiles.reply("index.html", request) } }
        router.get("/assets/:name") { request, context in
            let name = try context.parameters.require("name")
            return name == PageFiles.plotly ? try plotly(request) : PageFiles.reply(name, request)
        }
        router.get("/api/session") { _, _ in Reply.json(session) }
    }

    private var session: SettingValue {
        .object([
            "csrf": .string(csrf), "read_only": .bool(settings.isReadOnly), "version": .string(settings.version),
            "studies_option": .string(settings.studiesOption), "studies": .string(settings.root),
            "plots": .array(
                PlotKinds.all.map { kind in
                    .object([
                        "name": .string(kind.name), "summary": .string(kind.summary),
                        "options": .array(kind.options.map { .string($0.rawValue) }),
                    ])
                }),
        ])
    }

    /// - Throws: `StudyViewError` where it is not there.
    private func plotly(_ request: Request) throws -> Response {
        let script = try PlotlyScript.find(beside: settings.program)
        let data = try RegularFile.read(script.path, atMost: 64 << 20)
        return PageFiles.reply(Array(data), type: "text/javascript", request)
    }
}

extension String {
    /// Without the escapes that addresses need (RFC 3986); as it is where they are none, or no UTF-8.
    var fromURL: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        let parts = split(separator: "%", omittingEmptySubsequences: false)
        var bytes = Array(parts[0].utf8)
        for part in parts.dropFirst() {
            guard part.utf8.count >= 2, let byte = UInt8(part.prefix(2), radix: 16) else { return self }
            bytes.append(byte)
            bytes += part.dropFirst(2).utf8
        }
        return String(validating: bytes, as: UTF8.self) ?? self
    }
}
