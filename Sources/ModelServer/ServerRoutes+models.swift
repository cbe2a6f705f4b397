import Finetuning
import Foundation
import HTTPAccess
import HTTPTypes
import Hummingbird
import Serving
import TrainerSettings

extension ServerRoutes {
    /// The base and its adapters, which come and go.
    func addModels(to router: Pages) {
        router.get("/v1/models") { _, _ in
            let base = SettingValue.object([
                "id": .string(engine.name), "object": .string("model"), "owned_by": .string("autolora"), "parent": .null,
            ])
            let adapters = engine.served.map { adapter in
                var values: [String: SettingValue] = [
                    "id": .string(adapter.name), "object": .string("model"), "owned_by": .string("autolora"),
                    "parent": .string(engine.name),
                ]
                if !adapter.labels.isEmpty { values["labels"] = .array(adapter.labels.map(SettingValue.string)) }
                return SettingValue.object(values)
            }
            return ServerReply.json(.object(["object": .string("list"), "data": .array([base] + adapters)]))
        }
        router.post("/v1/adapters") { request, _ in
            let asked = try AdapterRequest(try await RequestFields(request, settings))
            let path = try path(of: asked.folder)
            do {
                try engine.add(asked.name, at: path, bounds: path)
            } catch let error where !(error is ServingError) {
                // Where the folder lies is nobody's business.
                throw Refusal(.unprocessableContent, "\(error)".replacing(path, with: asked.folder.description))
            }
            return ServerReply.json(
                .object(["id": .string(asked.name.description), "object": .string("model")]), status: .created)
        }
        router.delete("/v1/adapters/:name") { _, context in
            let name = try AdapterName(try context.parameters.require("name"))
            try engine.remove(name)
            return ServerReply.json(.object(["id": .string(name.description), "deleted": .bool(true)]))
        }
    }

    /// A folder in that of the adapters, wherever links lead.
    private func path(of folder: AdapterName) throws(Refusal) -> String {
        guard let root = settings.adaptersFolder else {
            throw Refusal(
                .forbidden, "this server takes no further adapters; start it with --adapters DIR, whose folders may be added")
        }
        let bounds = URL(filePath: root).resolvingSymlinksInPath().path
        let path = URL(filePath: root + "/" + folder.description).resolvingSymlinksInPath().path
        guard path.hasPrefix(bounds + "/"), FileManager.default.fileExists(atPath: path + "/adapter_config.json") else {
            throw Refusal(.notFound, "there is no adapter '\(folder)' in the server's folder of adapters")
        }
        return path
    }
}
