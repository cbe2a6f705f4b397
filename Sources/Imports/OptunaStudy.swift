import FoundationEssentials
import Glibc
import SearchSpaces
import TrainerSettings

/// What both of Optuna's storages say, in the same words.
struct OptunaStudy {
    var name: String
    /// "MINIMIZE" or "MAXIMIZE" of each objective.
    var directions: [Goal?]
    /// Of each objective, where the user gave them (`study:metric_names`).
    var metricNames: [String] = []
    var trials: [OptunaTrial] = []

    /// - Throws: where the wanted objective is not there.
    func study(of path: String, _ request: ImportRequest) throws(ImportError) -> ForeignStudy {
        var objective = 0
        if let metric = request.metric, metricNames.count > 1 {
            guard let index = metricNames.firstIndex(of: metric) else {
                throw ImportError(
                    path,
                    "study '\(name)' has no objective '\(metric)'; it has \(metricNames.joined(separator: ", "))"
                        + nearestHint(to: metric, among: metricNames))
            }
            objective = index
        }
        let taken = trials.enumerated().compactMap { number, trial in trial.taken(number, objective) }
        let metric = metricNames.indices.contains(objective) ? metricNames[objective] : nil
        return ForeignStudy(
            name: name, metric: metric, goal: directions.indices.contains(objective) ? directions[objective] : nil,
            trials: taken, leftOut: trials.count - taken.count)
    }
}

struct OptunaTrial {
    enum State: String {
        case complete = "COMPLETE"
        case pruned = "PRUNED"
        case failed = "FAIL"
        case running = "RUNNING"
        case waiting = "WAITING"
    }

    var state: State
    var parameters: [String: SettingValue] = [:]
    /// Of each objective.
    var values: [Double?] = []
    var intermediate: [Int: Double] = [:]

    /// nil: it tells nothing of its configuration.
    fileprivate func taken(_ number: Int, _ objective: Int) -> ForeignTrial? {
        switch state {
        case .complete:
            guard values.indices.contains(objective), let value = values[objective] else { return nil }
            return ForeignTrial(number: number, values: parameters, reports: [.init(value: value)])
        case .pruned:
            let steps = intermediate.sorted { $0.key < $1.key }.map { ForeignTrial.Evaluation(step: $0.key, value: $0.value) }
            // Its last intermediate value is its value too; where there is none it was pruned before it told anything.
            return steps.isEmpty ? nil : ForeignTrial(number: number, isPruned: true, values: parameters, reports: steps)
        case .failed, .running, .waiting: return nil
        }
    }
}

/// A parameter's distribution as Optuna writes it: JSON of a name and attributes.
struct OptunaDistribution {
    private let name: String
    private let attributes: [String: SettingValue]

    /// - Throws: for what is no distribution.
    init(json: String, of path: String, line: Int? = nil) throws(ImportError) {
        do throws(JSONInputError) {
            let whole = try JSONInput.decode(SettingValue.self, from: Data(BareNumbers.quoted(Array(json.utf8))), of: path)
            guard case .object(let fields) = whole, let name = fields["name"]?.text,
                case .object(let attributes)? = fields["attributes"]
            else { throw JSONInputError(place: path, problem: "is no distribution") }
            (self.name, self.attributes) = (name, attributes)
        } catch {
            throw ImportError(path, line: line, "a distribution \(error.problem): \(json.prefix(200))")
        }
    }

    /// What a stored number stands for: a categorical value is kept as its place among the choices, a whole number as a real one.
    ///
    /// The names before Optuna 3 are UniformDistribution, LogUniformDistribution, DiscreteUniformDistribution (q), IntUniformDistribution
    /// and IntLogUniformDistribution.
    func value(of stored: Double) -> SettingValue? {
        if name == "CategoricalDistribution" {
            guard case .array(let choices)? = attributes["choices"], let index = Int(exactly: stored),
                choices.indices.contains(index)
            else { return nil }
            return choices[index]
        }
        if name.hasPrefix("Int") { return Int(exactly: stored.rounded()).map(SettingValue.int) }
        guard let step = (attributes["step"] ?? attributes["q"])?.number, step > 0, let low = attributes["low"]?.number else {
            return .double(stored)
        }
        // 0.1 three times is 0.30000000000000004: the digits that a person would give.
        let exact = low + ((stored - low) / step).rounded() * step
        return .double(Double(String(format: exact)) ?? exact)
    }
}

extension String {
    /// Twelve significant digits.
    fileprivate init(format number: Double) {
        let magnitude = number == 0 ? 0 : Int(log10(abs(number)).rounded(.down))
        let scale = pow(10.0, Double(11 - magnitude))
        let rounded = scale.isFinite && scale > 0 ? (number * scale).rounded() / scale : number
        self = "\(rounded)"
    }
}
