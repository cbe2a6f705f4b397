import FoundationEssentials
package import Studies
package import StudyStore
package import TrialRunners

extension StudyFolder {
    /// Every trial that has a folder, whether it is on record or not: a power cut can take the record and leave the process.
    ///
    /// - Parameter running: those that are on record as running, with the numbers of their launches.
    package func earlierLaunches(running: [Trial.ID: Int]) -> [EarlierLaunch] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/trials")) ?? []
        return names.compactMap { name in
            Int(name).map { Trial.ID($0) }.map { EarlierLaunch(trial: $0, folder: trial($0), number: running[$0]) }
        }
    }
}
