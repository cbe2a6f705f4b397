import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import Dashboard

/// A dashboard over studies that tests record.
struct DashboardFixture {
    let recorded: RecordedStudy
    let dashboard: Dashboard

    /// Four trials of study "reviews": the best is 2, 3 has failed.
    init(isReadOnly: Bool = false, host: String = "127.0.0.1") throws {
        recorded = try RecordedStudy("reviews")
        for (number, value) in [0.7, 0.8, 0.9].enumerated() {
            let reports = (1...3).map { iter in
                Report(iter: iter, step: 10 * iter, value: value - 0.1 * Double(3 - iter), metrics: ["eval_loss": 1 - value])
            }
            try recorded.add(
                number, number == 0 ? .pruned : .complete, ["r": .int(8 << number), "kind": .string("<b>x</b>")],
                reports: reports)
        }
        try recorded.add(3, .failed, ["r": .int(1)], reports: [], error: "exit code 17 <script>")
        dashboard = Dashboard(
            Dashboard.Settings(
                root: recorded.temporary.path, host: host, isReadOnly: isReadOnly, studiesOption: " --studies here"),
            readSpace: { _, _ in nil }, rules: { _ in throw StudyStoreError.imported(name: "reviews") },
            readValues: { texts in Assignment(texts.mapValues { .array([.string($0)]) }) })
    }

    func get(_ path: String) async throws -> (status: Int, body: SettingValue, response: TestResponse) {
        try await dashboard.application().test(.router) { client in
            let response = try await client.execute(uri: path, method: .get)
            return (response.status.code, try JSON.read(response), response)
        }
    }

    func post(_ path: String, _ body: String, csrf: String? = nil, type: String = "application/json") async throws -> (
        status: Int, body: SettingValue
    ) {
        try await dashboard.application().test(.router) { client in
            let headers: HTTPFields = [.contentType: type, .named("X-CSRF-Token"): csrf ?? dashboard.secrets.csrf]
            let response = try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
            return (response.status.code, try JSON.read(response))
        }
    }
}

enum JSON {
    /// null where the answer is no JSON.
    static func read(_ response: TestResponse) throws -> SettingValue {
        guard response.headers[.contentType]?.hasPrefix("application/json") ?? false else { return .null }
        return try JSONInput.decode(SettingValue.self, from: Data(response.body.readableBytesView), of: "the answer")
    }
}

extension SettingValue {
    subscript(_ name: String) -> SettingValue { if case .object(let values) = self { values[name] ?? .null } else { .null } }
    subscript(_ place: Int) -> SettingValue {
        if case .array(let values) = self, values.indices.contains(place) { values[place] } else { .null }
    }
    var count: Int { if case .array(let values) = self { values.count } else { 0 } }
}
