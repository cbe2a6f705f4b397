import Exports
import SearchSpaces
import StudyStore
import TrainerSettings

/// Keeps a study's event files up to date while it runs. It reads the store as any onlooker does: the study waits for it at no time.
struct TensorBoardFollower {
    let store: StudyStore
    let specification: StudySpecification

    /// Follows the study until the task is cancelled, and writes what is left then. Where a file cannot be written it says so, once, and ends.
    func run() async {
        do {
            var mark = StudyMark()
            var log = try TensorBoardLog(store.folder.path + "/tensorboard", of: store.study(), specification)
            Console.error("TensorBoard: tensorboard --logdir \(log.folder)")
            var isLast = false
            while true {
                let news = try store.news(since: mark, atMost: .max)
                try log.take(news.trials, of: news.study)
                mark = news.mark
                if isLast { return }
                isLast = (try? await Task.sleep(for: .seconds(1))) == nil
            }
        } catch {
            Console.error("warning: \(errorText(error)); the study goes on without files for TensorBoard")
        }
    }
}
