import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// What TensorBoard's HParams page reads: the study's parameters and metrics, and of each trial its values and how it ended.
enum HyperParameters {
    private static let plugin = "hparams"

    /// For the file at the root of the study's folder.
    static func addExperiment(of study: StudyRecord, _ space: SearchSpace, metrics: [String], to file: inout EventFile) {
        var experiment = ProtocolBuffer()
        experiment.add(6, study.name)
        experiment.add(3, study.createdAt)
        for parameter in space.parameters { experiment.add(4, info(parameter)) }
        for metric in metrics {
            var name = ProtocolBuffer()
            name.add(2, metric)
            var info = ProtocolBuffer()
            info.add(1, name)
            experiment.add(5, info)
        }
        add("experiment", 2, experiment, at: study.createdAt, to: &file)
    }

    static func addStart(of trial: TrialRecord, to file: inout EventFile) {
        var start = ProtocolBuffer()
        for (name, value) in trial.assignment.values.sorted(by: { $0.key < $1.key }) {
            var entry = ProtocolBuffer()
            entry.add(1, name)
            entry.add(2, Self.value(value))
            start.add(1, entry)
        }
        start.add(4, "trial \(trial.number)")
        let time = trial.startedAt ?? 0
        start.add(5, time)
        add("session_start_info", 3, start, at: time, to: &file)
    }

    /// Nothing for a trial that may go on: TensorBoard shows it as running.
    static func addEnd(of trial: TrialRecord, to file: inout EventFile) {
        guard trial.state.isFinal else { return }
        let (success, failure) = (1, 2)
        var end = ProtocolBuffer()
        end.add(1, trial.state == .failed || trial.infeasible != nil ? failure : success)
        let time = trial.endedAt ?? trial.startedAt ?? 0
        end.add(2, time)
        add("session_end_info", 4, end, at: time, to: &file)
    }

    private static func add(_ name: String, _ field: Int, _ message: ProtocolBuffer, at time: Double, to file: inout EventFile)
    {
        var data = ProtocolBuffer()
        data.add(field, message)
        file.add("_hparams_/\(name)", plugin: plugin, data, at: time)
    }

    /// HParams filters a parameter by one type: of one with several, all values are texts.
    private static func info(_ parameter: Parameter) -> ProtocolBuffer {
        let (text, truth, number) = (1, 2, 3)
        var message = ProtocolBuffer()
        message.add(1, parameter.name)
        if let bounds = parameter.distribution.bounds {
            message.add(4, number)
            var interval = ProtocolBuffer()
            interval.add(1, bounds.lowerBound)
            interval.add(2, bounds.upperBound)
            message.add(6, interval)
            return message
        }
        let values: [SettingValue] =
            switch parameter.distribution {
            case .constant(let value): [value]
            case .categorical(let values, _): values
            default: []
            }
        let areTruths = values.allSatisfy { if case .bool = $0 { true } else { false } }
        let areNumbers = values.allSatisfy { $0.number != nil }
        message.add(4, areTruths ? truth : areNumbers ? number : text)
        var list = ProtocolBuffer()
        for one in values { list.add(1, value(areTruths || areNumbers ? one : .string(one.description))) }
        message.add(5, list)
        return message
    }

    /// google.protobuf.Value; a list is its text.
    private static func value(_ value: SettingValue) -> ProtocolBuffer {
        var message = ProtocolBuffer()
        switch value {
        case .null: message.add(1, 0)
        case .bool(let truth): message.add(4, truth ? 1 : 0)
        case .int, .double: message.add(2, value.number ?? .nan)
        case .string(let text): message.add(3, text)
        case .array, .object: message.add(3, value.description)
        }
        return message
    }
}
