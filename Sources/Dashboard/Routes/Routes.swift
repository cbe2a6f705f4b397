import HTTPTypes
import Hummingbird
import StudyStore
import TrainerSettings

/// What the server answers to, one file a kind of thing.
struct Routes: Sendable {
    let settings: Dashboard.Settings
    let csrf: String
    let library: StudyLibrary
    let rules: RulesReader
    let readValues: ValuesReader

    typealias Pages = Router<BasicRequestContext>

    func add(to router: Pages) {
        addPages(to: router)
        addStudies(to: router)
        addTrials(to: router)
        addPlots(to: router)
        addEvents(to: router)
        addSteering(to: router)
    }

    /// The study that an address names.
    ///
    /// - Throws: `StudyStoreError.noSuchStudy`, `.badName`.
    func follower(_ context: BasicRequestContext) async throws -> StudyFollower {
        try await library.follower(try context.parameters.require("study").fromURL)
    }
}

extension Request {
    /// The words behind the question mark.
    var query: [String: String] {
        Dictionary(uri.queryParameters.map { (String($0.key), String($0.value)) }) { $1 }
    }
}
