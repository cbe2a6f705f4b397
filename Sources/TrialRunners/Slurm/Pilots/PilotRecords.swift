import FoundationEssentials

/// The pilots of earlier runs, as their folders have them.
struct PilotRecords {
    private let folder: String
    let numbers: [Int]

    init(_ folder: String) {
        self.folder = folder
        numbers = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { Int($0) }.sorted()
    }

    /// A crew with those that may live, each with the launches that it was given; what they have said of them is still to be heard.
    ///
    /// - Parameter request: what pilots are asked for with now.
    func crew(_ crew: PilotCrew, request: [String]) -> PilotCrew {
        var crew = crew
        for number in numbers {
            let folder = PilotFolder("\(folder)/\(number)")
            guard let file = folder.pilot else { continue }
            var asks = SharedLines<PilotWord>(folder.ask)
            let words = asks.news()
            let over = Set(words.filter { $0.said == .over }.map(\.n))
            // What it had begun and not ended when it went is for the queue to explain.
            guard
                !words.contains(where: { $0.said == .gone })
                    || words.contains(where: { $0.said == .begun && !over.contains($0.n) })
            else { continue }
            var pilot = CrewPilot(number, name: file.name, since: -.infinity)
            pilot.isForeign = file.request != request
            var orders = SharedLines<PilotOrder>(folder.give)
            for order in orders.news() {
                pilot.lines = max(pilot.lines, order.n)
                if let launch = order.launch, let name = order.name {
                    let job = ClusterJob(name: name, script: LaunchFolder(launch).script, folder: launch, workingFolder: launch)
                    pilot.flights[order.n] = .init(job: job, given: 0)
                }
                if let line = order.drop { pilot.flights[line]?.dropped = 0 }
                if order.end == true { pilot.endTold = 0 }
            }
            crew.hire(pilot)
        }
        return crew
    }
}
