import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// The file of Optuna's JournalStorage: a line of JSON for each thing that happened.
struct OptunaJournal: ForeignFormat {
    let name = "an Optuna journal"

    /// Bytes of a file.
    private static let largest = 1 << 30

    func matches(start: [UInt8], path: String) -> Bool {
        start.first == UInt8(ascii: "{") && String(decoding: start.prefix(64), as: UTF8.self).contains("\"op_code\"")
    }

    func read(_ path: String, _ request: ImportRequest) throws(ImportError) -> ForeignStudy {
        let bytes: [UInt8]
        do throws(RegularFileError) {
            bytes = try Array(RegularFile.read(path, atMost: Self.largest))
        } catch {
            throw ImportError(path, error.problem)
        }
        var journal = Replay(path: path)
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 <= 0x20 }) {
            do throws(ImportError) {
                try journal.take(Array(line), number: index + 1)
            } catch {
                // The last line may still be written.
                guard index == lines.count - 1 else { throw error }
            }
        }
        let studies = journal.studies.compactMap(\.self)
        let picked = try ForeignFormats.pick(request.study, of: studies.map(\.name), in: path)
        return try studies[picked].study(of: path, request)
    }

    /// What happened so far. Lines that create a study or a trial have no number: they are counted over the whole file.
    private struct Replay {
        let path: String
        /// By number; nil: it was deleted.
        var studies: [OptunaStudy?] = []
        /// By number: its study and its place there.
        private var places: [(study: Int, trial: Int)] = []

        init(path: String) { self.path = path }

        private typealias Fields = [String: SettingValue]

        mutating func take(_ line: [UInt8], number: Int) throws(ImportError) {
            let value: SettingValue
            do throws(JSONInputError) {
                value = try JSONInput.decode(SettingValue.self, from: Data(BareNumbers.quoted(line)), of: path)
            } catch {
                throw ImportError(path, line: number, "is no line of a journal: \(error.problem)")
            }
            guard case .object(let fields) = value, let code = fields["op_code"]?.integer else {
                throw ImportError(path, line: number, "is no line of a journal: it has no op_code")
            }
            switch code {
            case 0: createStudy(fields)
            case 1: if let study = study(fields) { studies[study] = nil }
            case 3: nameMetrics(fields)
            case 4: try createTrial(fields, line: number)
            case 5: try setParameter(fields, line: number)
            case 6: setState(fields)
            case 7:
                guard let step = fields["step"]?.integer, let value = Self.number(fields["intermediate_value"]) else { return }
                change(fields) { $0.intermediate[step] = value }
            // Attributes of the user's, and codes of later versions.
            default: break
            }
        }

        private func study(_ fields: Fields) -> Int? {
            fields["study_id"]?.integer.flatMap { studies.indices.contains($0) && studies[$0] != nil ? $0 : nil }
        }

        private mutating func createStudy(_ fields: Fields) {
            // A name that is taken creates nothing.
            guard let name = fields["study_name"]?.text, !studies.contains(where: { $0?.name == name }) else { return }
            var directions: [SettingValue] = []
            if case .array(let found)? = fields["directions"] { directions = found }
            let goals = directions.map { $0.integer == 1 ? Goal.minimize : $0.integer == 2 ? .maximize : nil }
            studies.append(OptunaStudy(name: name, directions: goals))
        }

        private mutating func nameMetrics(_ fields: Fields) {
            guard let study = study(fields), case .object(let attribute)? = fields["system_attr"],
                case .array(let names)? = attribute["study:metric_names"]
            else { return }
            studies[study]?.metricNames = names.compactMap(\.text)
        }

        /// A trial that begins, or, added as a whole, one that is over.
        private mutating func createTrial(_ fields: Fields, line: Int) throws(ImportError) {
            guard let study = study(fields) else { return }
            var trial = OptunaTrial(state: Self.state(fields["state"]) ?? .running)
            if case .object(let parameters)? = fields["params"], case .object(let distributions)? = fields["distributions"] {
                for (name, stored) in parameters {
                    guard let stored = Self.number(stored), let json = distributions[name]?.text else { continue }
                    trial.parameters[name] = try OptunaDistribution(json: json, of: path, line: line).value(of: stored)
                }
            }
            if case .object(let steps)? = fields["intermediate_values"] {
                for (step, value) in steps { if let step = Int(step) { trial.intermediate[step] = Self.number(value) } }
            }
            trial.values = Self.values(fields) ?? []
            places.append((study, studies[study]?.trials.count ?? 0))
            studies[study]?.trials.append(trial)
        }

        private mutating func setParameter(_ fields: Fields, line: Int) throws(ImportError) {
            guard let name = fields["param_name"]?.text, let stored = Self.number(fields["param_value_internal"]),
                let json = fields["distribution"]?.text
            else { return }
            let value = try OptunaDistribution(json: json, of: path, line: line).value(of: stored)
            change(fields) { $0.parameters[name] = value }
        }

        private mutating func setState(_ fields: Fields) {
            guard let state = Self.state(fields["state"]) else { return }
            change(fields) { trial in
                trial.state = state
                if let values = Self.values(fields) { trial.values = values }
            }
        }

        /// Changes a trial that is not over.
        private mutating func change(_ fields: Fields, _ change: (inout OptunaTrial) -> Void) {
            guard let number = fields["trial_id"]?.integer, places.indices.contains(number) else { return }
            let place = places[number]
            guard var trial = studies[place.study]?.trials[place.trial], trial.state == .running || trial.state == .waiting
            else {
                return
            }
            change(&trial)
            studies[place.study]?.trials[place.trial] = trial
        }

        private static func state(_ value: SettingValue?) -> OptunaTrial.State? {
            let states: [OptunaTrial.State] = [.running, .complete, .pruned, .failed, .waiting]
            return value?.integer.flatMap { states.indices.contains($0) ? states[$0] : nil }
        }

        private static func values(_ fields: Fields) -> [Double?]? {
            if case .array(let values)? = fields["values"] { return values.map(number) }
            return number(fields["value"]).map { [$0] }
        }

        private static func number(_ value: SettingValue?) -> Double? {
            value?.number ?? value?.text.flatMap(BareNumbers.number)
        }
    }
}
