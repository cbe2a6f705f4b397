import TrainerSettings

extension ForeignStudy {
    /// A space file that says what was tried: each parameter with the values that it had. Nothing can be run by it.
    ///
    /// - Parameters:
    ///   - name: the study's, as ours.
    ///   - metric: the name and the goal that it has here.
    package func spaceFile(named name: String, metric: String, goal: String) -> String {
        func quoted(_ text: String) -> String { JSONWriter.text(.string(text), .exact) }
        var text = """
            name: \(quoted(name))
            metric: {name: \(quoted(metric)), goal: \(goal)}
            method: random
            trainer: {type: command, command: [imported, "${args}"]}
            parameters:

            """
        for parameter in parameters.sorted() {
            var values: [SettingValue] = []
            var seen: Set<SettingValue> = []
            for trial in trials {
                guard let value = trial.values[parameter], seen.insert(value).inserted else { continue }
                values.append(value)
            }
            let words = values.map { value in
                if case .double(let number) = value, !number.isFinite { return number < 0 ? "-.inf" : ".inf" }
                return JSONWriter.text(value, .exact)
            }
            text += "  \(quoted(parameter)): {values: [\(words.joined(separator: ", "))]}\n"
        }
        return text
    }
}
