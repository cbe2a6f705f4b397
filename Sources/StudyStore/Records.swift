import FoundationEssentials
import GRDB
package import SearchSpaces
package import Studies
import TrainerSettings

/// What the store knows of a study besides its trials.
package struct StudyRecord: Sendable, Hashable, Codable {
    package var name: String
    package var metric: String
    package var goal: Goal
    /// The space file's text, its name for messages, and the folder that its paths start from.
    package var spaceFile: String
    package var spaceFileName: String
    package var folder: String
    package var seed: Int
    package var runCap: Int
    package var workers: Int
    /// Seconds since 1970, like every time in the store.
    package var createdAt: Double
    package var finishedAt: Double?
    package var testedTrial: Int?
    package var testMetrics: [String: Double]?
    /// On what trials report.
    package var constraints: [String: Limits]?
    /// What counts besides the metric.
    package var otherMetrics: [Metric]?
    /// What is being confirmed, or was last; nil: nothing.
    package var confirmation: ConfirmationPlan?
    /// Where it runs, in the command line's words; nil: where its space file says.
    package var runner: [String]?

    package init(
        name: String, metric: String, goal: Goal, spaceFile: String, spaceFileName: String, folder: String, seed: Int,
        runCap: Int, workers: Int, createdAt: Double, constraints: [String: Limits] = [:], otherMetrics: [Metric] = []
    ) {
        self.name = name
        self.metric = metric
        self.goal = goal
        self.spaceFile = spaceFile
        self.spaceFileName = spaceFileName
        self.folder = folder
        self.seed = seed
        self.runCap = runCap
        self.workers = workers
        self.createdAt = createdAt
        self.constraints = constraints
        self.otherMetrics = otherMetrics
    }

    enum CodingKeys: String, CodingKey {
        case name, metric, goal, folder, seed, workers, constraints, confirmation, runner
        case spaceFile = "space_file"
        case spaceFileName = "space_file_name"
        case runCap = "run_cap"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
        case testedTrial = "tested_trial"
        case testMetrics = "test_metrics"
        case otherMetrics = "other_metrics"
    }
}

extension StudyRecord {
    /// The study's own metric, which a trial may have named since its space file was read.
    package func metric(as read: Metric) -> Metric { read.isNamed ? read : Metric(name: metric, goal: goal) }

    /// The study's history with these trials, of whatever purpose, by number.
    package func history(_ trials: [Trial]) -> History {
        History(
            goal: goal, metric: metric, otherMetrics: otherMetrics ?? [], constraints: constraints ?? [:], trials: trials)
    }
}

extension StudyRecord: RecordWithJSON {
    package static let databaseTableName = "study"
}

/// What the store knows of a trial besides what decisions are made from.
package struct TrialRecord: Sendable, Hashable, Codable, Identifiable {
    package var number: Int
    package var state: Trial.State
    package var assignment: Assignment
    package var launches: Int
    package var milestone: Int?
    package var startedAt: Double?
    package var launchedAt: Double?
    package var endedAt: Double?
    /// Of all its launches together.
    package var seconds: Double
    package var error: String?
    package var logTail: String?
    /// What it was short of when it ran out of memory; nil: it did not.
    package var infeasible: String?
    /// How often its batch was halved; nil: never.
    package var halvings: Int?
    /// What it is for; nil: for the search.
    var purpose: Purpose?
    /// The trial that it confirms; nil: none, or the baseline.
    var confirms: Int?
    /// Its own; nil: it has the study's.
    package var seed: Int?
    /// What its adapter reaches on data that no trial has seen; nil: not measured.
    package var testMetrics: [String: Double]?
    /// The request that asked for its configuration; nil: none did.
    package var enqueuedBy: Int?
    /// The request that took it out; nil: none did.
    package var prunedBy: Int?

    enum Purpose: String, Codable, CaseIterable { case confirm }

    package var id: Trial.ID { Trial.ID(number) }

    enum CodingKeys: String, CodingKey {
        case number, state, assignment, launches, milestone, seconds, error, infeasible, halvings, purpose, confirms, seed
        case testMetrics = "test_metrics"
        case enqueuedBy = "enqueued_by"
        case prunedBy = "pruned_by"
        case startedAt = "started_at"
        case launchedAt = "launched_at"
        case endedAt = "ended_at"
        case logTail = "log_tail"
    }
}

extension TrialRecord: RecordWithJSON {
    package static let databaseTableName = "trial"
}

struct ReportRecord: Codable, RecordWithJSON {
    static let databaseTableName = "report"

    var trial: Int
    var iter: Int
    var step: Int?
    var value: Double?
    var metrics: [String: Double]
    var details: [String: String]?
    var reportedAt: Double

    enum CodingKeys: String, CodingKey {
        case trial, iter, step, value, metrics, details
        case reportedAt = "reported_at"
    }

    init(_ report: Report, of trial: Trial.ID, at time: Double) {
        self.trial = trial.number
        iter = report.iter
        step = report.step
        value = report.value.isNaN ? nil : report.value
        metrics = report.metrics
        details = report.details.isEmpty ? nil : report.details
        reportedAt = time
    }

    var report: Report { Report(iter: iter, step: step, value: value ?? .nan, metrics: metrics, details: details ?? [:]) }

}

/// A record with JSON in some of its columns, every one of which can have been written by somebody else.
protocol RecordWithJSON: FetchableRecord, PersistableRecord {}

extension RecordWithJSON {
    // A parameter can have the word "Infinity" as its value; a figure cannot.
    package static func databaseJSONEncoder(for column: String) -> JSONEncoder {
        StyledJSONEncoder(exactColumns.contains(column) ? .exact : .cell)
    }
    package static func databaseJSONDecoder(for column: String) -> JSONDecoder {
        BoundedJSONDecoder(
            place: "column \(column)", largest: largestCell, JSONDecoding(wordsAreNumbers: !exactColumns.contains(column)))
    }
}

/// Those with values of parameters, each of which is kept in its own form.
private let exactColumns: Set = ["assignment", "confirmation"]

/// Bytes of a cell with JSON.
private let largestCell = 16 << 20
