import FoundationEssentials
import Studies
package import StudyStore
package import TrialRunners

extension StudyFolder {
    /// Every trial that has a folder, whether it is on record or not: a power cut can take the record and leave the process.
    package var earlierLaunches: [EarlierLaunch] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/trials")) ?? []
        return names.compactMap { name in
            Int(name).map { EarlierLaunch(trial: Trial.ID($0), folder: trial(Trial.ID($0))) }
        }
    }
}
