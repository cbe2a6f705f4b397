import FoundationEssentials
package import Tasks
package import TrainerSettings

/// What a configuration file tells the trainer: a trial's config.json, or the bare object of trainer settings.
package struct TrialConfiguration: Sendable, Hashable {
    package let settings: TrainerSettings
    /// The study's, where the file has one.
    package let metric: MetricGoal?

    /// Relative paths are relative to the file's folder where they lead to something there, else to the current folder.
    ///
    /// - Parameter isOnRecord: whether a trial has begun by it.
    /// - Throws: ``InputError`` naming the file and the setting.
    package init(file path: String, isOnRecord: Bool = false) throws(InputError) {
        let root: [String: SettingValue]
        do throws(JSONInputError) {
            root = try JSONInput.object(file: path)
        } catch {
            let hint = error.isMissing ? "" : "; expected a trial's config.json or an object of trainer settings in JSON"
            throw InputError(place: error.place, problem: error.problem + hint)
        }
        try self.init(root, file: path, isOnRecord: isOnRecord)
    }

    /// - Parameters:
    ///   - root: what the file says, whatever its format.
    ///   - path: the file, for messages and relative paths.
    ///   - isOnRecord: whether a trial has begun by it.
    /// - Throws: ``InputError`` naming the file and the setting.
    package init(_ root: [String: SettingValue], file path: String, isOnRecord: Bool = false) throws(InputError) {
        func fail(_ problem: String) -> InputError { InputError(place: path, problem: problem) }
        var values = root
        if let trainer = root["trainer"] {
            guard case .object(let inner) = trainer else { throw fail("'trainer' is no object") }
            values = inner
            if values["seed"] == nil { values["seed"] = root["seed"] }
        }
        for name in TrainerSettings.paths {
            guard let text = values[name]?.text else { continue }
            values[name] = .string(Self.resolve(text, besides: path))
            let hint = TrainerSettings.hint(forMissing: text, in: name)
            guard hint.isEmpty || FileManager.default.fileExists(atPath: values[name]?.text ?? "") else {
                throw fail("\(name): there is no \(text)\(hint)")
            }
        }
        do {
            settings = try TrainerSettings(values: values, isOnRecord: isOnRecord)
        } catch {
            throw fail(error.description)
        }
        metric = try root["trainer"] == nil ? nil : Self.metric(root["metric"], fail)
    }

    private static func metric(
        _ value: SettingValue?, _ fail: (String) -> InputError
    ) throws(InputError) -> MetricGoal? {
        guard let value else { return nil }
        guard case .object(let fields) = value, let name = fields["name"]?.text,
            let greaterIsBetter = ["minimize": false, "maximize": true][fields["goal"]?.text ?? ""]
        else { throw fail("metric: expected {\"name\": ..., \"goal\": \"minimize\" or \"maximize\"}") }
        return MetricGoal(name: name, greaterIsBetter: greaterIsBetter)
    }

    private static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let beside = folder + "/" + path
        return absolute(FileManager.default.fileExists(atPath: beside) ? beside : path)
    }

    /// Absolute, since an adapter's file names its model for whoever reads it from elsewhere.
    private static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
