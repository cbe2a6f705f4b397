import Hummingbird
import StudyStore
import StudyViews
import TrainerSettings

extension Routes {
    /// The list of studies, one study, several compared.
    func addStudies(to router: Pages) {
        router.get("/api/studies") { _, _ in Reply.json(await library.list(now: Clock.now)) }
        router.get("/api/studies/:study") { _, context in
            let follower = try await follower(context)
            do {
                return Reply.text(try await follower.study(), type: "application/json")
            } catch let error as StudyStoreError {
                // A study that is damaged is shown as such: a page is its place too.
                return Reply.json(.object(["error": .string("\(error)")]))
            }
        }
        router.get("/api/studies/:study/failures") { _, context in
            let answer = try await follower(context).answer("failures") { follower, _ in
                FailureGroups.json(try follower.trials())
            }
            return Reply.text(answer, type: "application/json")
        }
    }
}

extension StudyFollower {
    func study() throws -> String {
        try answer("study") { follower, store in
            StudyAnswer.json(
                try StudyStatus(store, now: Clock.now), try store.names(), try follower.specification(),
                try store.requests())
        }
    }
}
