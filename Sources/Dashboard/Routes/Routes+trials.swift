import HTTPAccess
import HTTPTypes
import Hummingbird
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

extension Routes {
    /// The table of a study's trials, one trial, and its files.
    func addTrials(to router: Pages) {
        router.get("/api/studies/:study/trials") { request, context in
            let answer = try await follower(context).answer("trials?\(request.uri.query ?? "")") { follower, _ in
                let query = TrialQuery(request.query)
                let rows = query.rows(of: try follower.trials())
                return .object([
                    "total": .int(rows.count),
                    "rows": .array(rows.dropFirst(query.from).prefix(query.count).map(\.json)),
                ])
            }
            return Reply.text(answer, type: "application/json")
        }
        router.get("/api/studies/:study/trials/:trial") { _, context in
            let id = try trial(context)
            let option = settings.studiesOption
            let answer = try await follower(context).answer("trial \(id)") { follower, store in
                try follower.trial(id, in: store, studiesOption: option)
            }
            return Reply.text(answer, type: "application/json")
        }
        router.get("/api/studies/:study/trials/:trial/log") { request, context in
            let id = try trial(context)
            let start = request.query["from"].flatMap { Int($0) }
            return Reply.json(try LogPiece.json(of: id, in: try await follower(context).folder, from: start))
        }
        router.get("/api/studies/:study/trials/:trial/config") { _, context in
            let id = try trial(context)
            let folder = try await follower(context).folder
            try folder.requireOwnFiles(of: id, programsToo: false)
            let data = try RegularFile.read(folder.configuration(of: id), atMost: 1 << 20, links: .refused)
            return Reply.json(.object(["text": .string(String(decoding: data, as: UTF8.self))]))
        }
    }

    private func trial(_ context: BasicRequestContext) throws -> Trial.ID {
        guard let number = Int(try context.parameters.require("trial")), number >= 0 else {
            throw Refusal(.notFound, "a trial is a number, from 0")
        }
        return Trial.ID(number)
    }
}

extension StudyFollower {
    fileprivate func trial(_ id: Trial.ID, in store: StudyStore, studiesOption: String) throws -> SettingValue {
        let table = try trials()
        guard table.trials.indices.contains(id.number) else {
            throw Refusal(.notFound, "study '\(table.study.name)' has no trial \(id); it has \(table.trials.count), from 0")
        }
        return TrialAnswer(
            table: table, trial: table.trials[id.number], events: try store.events(of: id), requests: try store.requests(),
            folder: folder, studiesOption: studiesOption,
            isBuiltIn: ["lora", "built-in"].contains(try specification()?.trainer.type ?? "")
        ).json
    }
}
