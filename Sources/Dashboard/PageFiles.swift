import HTTPAccess
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of the page, which go with the binary. There are no others: nothing is looked for on the disk.
enum PageFiles {
    static let plotly = "plotly.min.js"

    private static let scripts: [String: [UInt8]] = [
        "app.js": PackageResources.app_js, "api.js": PackageResources.api_js, "dom.js": PackageResources.dom_js,
        "format.js": PackageResources.format_js, "studies.js": PackageResources.studies_js,
        "compare.js": PackageResources.compare_js, "study.js": PackageResources.study_js, "plot.js": PackageResources.plot_js,
        "filter.js": PackageResources.filter_js, "table.js": PackageResources.table_js,
        "failures.js": PackageResources.failures_js, "trial.js": PackageResources.trial_js,
        "curves.js": PackageResources.curves_js, "log.js": PackageResources.log_js, "steer.js": PackageResources.steer_js,
        "sides.js": PackageResources.sides_js, "jobs.js": PackageResources.jobs_js,
    ]
    private static let styles: [String: [UInt8]] = [
        "style.css": PackageResources.style_css, "views.css": PackageResources.views_css,
    ]

    static func reply(_ name: String, _ request: Request) -> Response {
        if name == "index.html" { return reply(PackageResources.index_html, type: "text/html", request) }
        if let bytes = scripts[name] { return reply(bytes, type: "text/javascript", request) }
        if let bytes = styles[name] { return reply(bytes, type: "text/css", request) }
        if name == "icon.svg" { return reply(PackageResources.icon_svg, type: "image/svg+xml", request) }
        return Reply.refusal(Refusal(.notFound, "there is no file '\(name)'"))
    }

    /// A browser keeps a file and asks each time whether it is still the same.
    static func reply(_ bytes: [UInt8], type: String, _ request: Request) -> Response {
        let tag = "\"\(fingerprint(bytes))\""
        let headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache", .contentType: type + "; charset=utf-8"]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// FNV-1a, 64 bits: tells one version of a file from another.
    private static func fingerprint(_ bytes: [UInt8]) -> String {
        String(bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }
}
