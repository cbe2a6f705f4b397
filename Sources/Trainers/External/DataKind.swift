import FoundationEssentials
import Glibc
import TrainerSettings

/// What the rows of a data file are.
enum DataKind: String, Sendable, Hashable {
    /// A text and its class.
    case labels
    /// A text that is learned as it is.
    case text
    /// What is asked, and what is answered.
    case completions
    /// Conversations.
    case messages

    /// In the words of messages to people.
    static func wanted(for task: TrainerSettings.Task) -> String {
        switch task {
        case .sequenceClassification: "a text and a label"
        case .causalLanguageModel: "messages, prompt and completion, or text"
        }
    }
}

/// The names that the first row of a data file has.
struct DataFileStart: Sendable, Hashable {
    let path: String
    /// Of the row, or of the header.
    let line: Int
    let names: [String]
    /// The value of `messages` is a list, as it has to be.
    private let listsMessages: Bool

    private static let longest = 4 << 20

    /// - Returns: nil: there is no such file.
    /// - Throws: `TrainerSettingsError` with file and line for what is no data file.
    init?(_ path: String, setting: String, separator: String?) throws(TrainerSettingsError) {
        func problem(_ words: String, line: Int? = nil) -> TrainerSettingsError {
            TrainerSettingsError(setting: setting, problem: "\(path)\(line.map { ":\($0)" } ?? ""): \(words)")
        }
        let bytes: [UInt8]
        do throws(RegularFileError) { bytes = try Self.start(of: path) } catch {
            if error.isMissing { return nil }
            throw problem(error.problem)
        }
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let blank = lines.prefix { $0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }.count
        guard blank < lines.count else { throw problem("there is no row in it") }
        let first = lines[blank]
        (self.path, line) = (path, blank + 1)
        if path.hasSuffix(".csv") || path.hasSuffix(".tsv") {
            let sign = separator.map { $0 == "tab" ? "\t" : $0 } ?? (path.hasSuffix(".tsv") ? "\t" : ",")
            let header = String(decoding: first, as: UTF8.self).trimmingPrefix("\u{FEFF}")
            names = header.split(separator: Character(sign), omittingEmptySubsequences: false).map { name in
                String(name.filter { !" \"\r".contains($0) })
            }
            listsMessages = false
        } else {
            let row: SettingValue
            do throws(JSONInputError) {
                row = try JSONInput.decode(SettingValue.self, from: Data(first), of: path, line: line)
            } catch { throw TrainerSettingsError(setting: setting, problem: error.description) }
            guard case .object(let values) = row else {
                throw problem("found no JSON object, expected a row such as {\"prompt\": ..., \"completion\": ...}", line: line)
            }
            names = values.keys.sorted()
            if case .array? = values["messages"] { listsMessages = true } else { listsMessages = false }
        }
    }

    /// - Throws: `TrainerSettingsError` with file and line where the rows fit the task in no way.
    func kind(
        for task: TrainerSettings.Task, text: String, label: String,
        _ place: (setting: String, trainer: String, tasks: [TrainerSettings.Task])
    ) throws(TrainerSettingsError) -> DataKind {
        if let kind = kind(for: task, text: text, label: label) { return kind }
        let other = place.tasks.first { kind(for: $0, text: text, label: label) != nil }
        throw TrainerSettingsError(
            setting: place.setting,
            problem: "\(path):\(line): its rows have \(names.joined(separator: ", ")); \(place.trainer) needs "
                + "\(DataKind.wanted(for: task)) for task \(task.rawValue)"
                + (other.map { "; should task: \($0.rawValue) be meant?" } ?? ""))
    }

    /// nil: the rows fit the task in no way.
    private func kind(for task: TrainerSettings.Task, text: String, label: String) -> DataKind? {
        let has = { names.contains($0) }
        return switch task {
        case .sequenceClassification: has(text) && has(label) ? .labels : nil
        case .causalLanguageModel:
            listsMessages ? .messages : has("prompt") && has("completion") ? .completions : has(text) ? .text : nil
        }
    }

    /// What stands before the end of the first row, or of what is read for it.
    private static func start(of path: String) throws(RegularFileError) -> [UInt8] {
        let descriptor = try RegularFile.open(path)
        defer { close(descriptor) }
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while bytes.count < longest {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            if let end = bytes.lastIndex(of: 0x0A), bytes[..<end].contains(where: { byte in byte > 0x20 }) { break }
        }
        return bytes
    }
}
