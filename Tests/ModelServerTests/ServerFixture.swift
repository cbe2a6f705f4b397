import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Serving
import TrainerSettings

@testable import ModelServer

/// A server over a small model with an adapter that writes.
struct ServerFixture {
    static let here = String(#filePath.dropLast("/ModelServerTests/ServerFixture.swift".count))
    static let model = here + "/FinetuningTests/Fixtures/causal-lm"

    let engine: ServingEngine
    let server: ModelServer
    var settings = ServerSettings()

    init(_ change: (inout ServerSettings) -> Void = { _ in }, limits: (inout ServingLimits) -> Void = { _ in }) throws {
        var most = ServingLimits()
        limits(&most)
        engine = ServingEngine(try SharedBase(Self.model, precision: .fp32), name: "base", threads: 1, limits: most)
        try engine.add(try AdapterName("plain"), at: Self.model + "/adapter")
        settings.port = 0
        change(&settings)
        server = ModelServer(engine, settings)
    }

    func ask(
        _ path: String, _ body: String? = nil, method: HTTPRequest.Method? = nil, _ headers: HTTPFields = [:]
    ) async throws -> (status: Int, body: SettingValue, text: String) {
        try await server.application().test(.router) { client in
            let usual: HTTPFields = body == nil ? [:] : [.contentType: "application/json"]
            var all = usual
            for field in headers { all[field.name] = field.value }
            let response = try await client.execute(
                uri: path, method: method ?? (body == nil ? .get : .post), headers: all,
                body: body.map { ByteBuffer(string: $0) })
            let text = String(buffer: response.body)
            let value = try? JSONInput.decode(SettingValue.self, from: Data(text.utf8), of: "the answer")
            return (response.status.code, value ?? .null, text)
        }
    }
}

extension SettingValue {
    subscript(_ name: String) -> SettingValue { if case .object(let values) = self { values[name] ?? .null } else { .null } }
    subscript(_ place: Int) -> SettingValue {
        if case .array(let values) = self, values.indices.contains(place) { values[place] } else { .null }
    }
    var count: Int { if case .array(let values) = self { values.count } else { 0 } }
}
