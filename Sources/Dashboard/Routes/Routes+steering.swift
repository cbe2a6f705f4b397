import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
package import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings

/// By which a configuration is judged that is asked for while nobody runs the study.
package typealias RulesReader = @Sendable (StudyStore) throws -> RequestRules

/// Reads the values of parameters as people write them, by name.
package typealias ValuesReader = @Sendable ([String: String]) throws -> Assignment

extension Routes {
    /// Bytes of a request.
    private static let mostBytes = 64 << 10

    /// What is asked of a study: recorded as a request, and done by its controller.
    func addSteering(to router: Pages) {
        router.post("/api/studies/:study/requests") { request, context in
            let folder = try await follower(context).folder
            let body = try await request.body.collect(upTo: Self.mostBytes)
            let words = try JSONInput.decode(SettingValue.self, from: Data(body.readableBytesView), of: "the request")
            let asked = try StudyRequest(words, read: readValues)
            let answered = try await StudyStore.ask(asked, of: folder, rules: rules, patience: .seconds(3), now: { Clock.now })
            return Reply.json(SteeringAnswer.json(answered))
        }
    }
}
