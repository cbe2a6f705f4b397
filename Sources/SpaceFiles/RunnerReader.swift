import SearchSpaces
import TrainerSettings

/// Reads `runner`: where trials run, and on which graphics processors.
struct RunnerReader {
    /// nil: the file leaves it out.
    let value: LocatedValue?

    static let types = ["local", "slurm"]
    private static let keys = ["type", "gpus", "gpus_per_trial"]
    private static let words = ["auto", "none"]
    private static let form = "auto, none, or devices such as [0, 1], 0-3 or their UUIDs"
    /// No machine has more, and no device serves more trials.
    private static let most = 1024
    private static let mostTrials = 16

    /// The devices of a trial, and what its jobs are where it runs on a cluster.
    func request() throws(SpaceFileError) -> (devices: DeviceRequest, cluster: SlurmRequest?) {
        guard let value else { return (DeviceRequest(), nil) }
        guard try type(value) == "slurm" else { return (try devices(value), nil) }
        let reader = try SlurmReader(value)
        return (DeviceRequest(perTrial: Double(max(1, try reader.gpus()?.count ?? 1))), try reader.request())
    }

    private func devices(_ value: LocatedValue) throws(SpaceFileError) -> DeviceRequest {
        let section = try Section(value, named: "the runner", allowed: Self.keys)
        var request = DeviceRequest()
        if let gpus = section["gpus"] { request.choice = try choice(gpus) }
        guard let share = section["gpus_per_trial"] else { return request }
        request.perTrial = try perTrial(share)
        if request.choice == .none {
            throw SpaceFileError(at: share.position, "'gpus_per_trial' beside 'gpus: none'; leave one of the two out")
        }
        if case .listed(let names) = request.choice, names.count < request.devicesPerTrial {
            throw SpaceFileError(
                at: share.position,
                "found \(request.devicesPerTrial) for each trial, and 'gpus' lists \(names.count); list more, or lower this")
        }
        return request
    }

    /// Where the values of the section's keys stand, by `runner.key`, in the file's order.
    var places: [(String, Position)] {
        guard case .mapping(let entries)? = value?.content else { return [] }
        return entries.map { ("runner.\($0.key)", $0.value.position) }
    }

    /// Before the keys are looked at: each runner has its own.
    private func type(_ value: LocatedValue) throws(SpaceFileError) -> String {
        guard case .mapping(let entries) = value.content, let type = entries.first(where: { $0.key == "type" })?.value
        else {
            // With the name alone, people mean the type.
            guard let name = value.value.text, Self.types.contains(name) else { return "local" }
            throw SpaceFileError(at: value.position, "found the text '\(name)'; write runner: {type: \(name)}")
        }
        let name = try type.text()
        guard Self.types.contains(name) else {
            throw .unknown("runner", name, at: type.position, allowed: Self.types)
        }
        return name
    }

    // MARK: - The devices

    private func choice(_ value: LocatedValue) throws(SpaceFileError) -> DeviceRequest.Choice {
        switch value.value.text {
        case "auto": return .auto
        case "none": return .none
        default: break
        }
        if let number = value.value.integer {
            throw SpaceFileError(
                at: value.position,
                "found \(number), which could be a device or a number of them; for the device write [\(number)], for so many in each "
                    + "trial gpus_per_trial: \(number)")
        }
        var names: [DeviceRequest.Name] = []
        for element in value.elements ?? [value] {
            for name in try self.names(element) {
                guard !names.contains(name) else {
                    throw SpaceFileError(at: element.position, "the device \(name) is given more than once; keep one")
                }
                names.append(name)
            }
        }
        guard !names.isEmpty else { throw SpaceFileError(at: value.position, "found no device, expected \(Self.form)") }
        return .listed(names)
    }

    /// What one element stands for: an index, a range of them, a UUID, or several with commas between.
    private func names(_ value: LocatedValue) throws(SpaceFileError) -> [DeviceRequest.Name] {
        guard case .scalar(let scalar, let text) = value.content, scalar.integer != nil || scalar.text != nil else {
            throw value.expected(Self.form)
        }
        var names: [DeviceRequest.Name] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = part.filter { $0 != " " }
            if let range = try range(word, of: value) {
                names += range.map(DeviceRequest.Name.index)
            } else if word.wholeMatch(of: /[A-Za-z0-9]+(-[A-Za-z0-9\/]+)+/) != nil {
                names.append(.identifier(word))
            } else {
                let hint = nearestHint(to: word, among: Self.words)
                throw SpaceFileError(at: value.position, "found \(value.found), expected \(Self.form)\(hint)")
            }
        }
        return names
    }

    private func range(_ word: String, of value: LocatedValue) throws(SpaceFileError) -> ClosedRange<Int>? {
        guard let match = word.wholeMatch(of: /(\d+)(?:-(\d+))?/) else { return nil }
        guard let first = Int(match.1), let last = Int(match.2 ?? match.1), first <= last, last < Self.most else {
            throw value.expected("indices of devices from 0 to \(Self.most - 1), the lower one first")
        }
        return first...last
    }

    private func perTrial(_ value: LocatedValue) throws(SpaceFileError) -> Double {
        let form = "a whole number of devices, or the share of one that a trial takes: 0.5, 0.25 (one in 2, in 4)"
        var given = value.value.number
        if let match = value.value.text?.wholeMatch(of: /1 *\/ *(\d+)/), let parts = Double(match.1) { given = 1 / parts }
        guard let given, given.isFinite, given > 0, given <= Double(Self.most) else { throw value.expected(form) }
        if given >= 1, given == given.rounded() { return given }
        // 0.33 is meant as a third.
        let parts = (1 / given).rounded()
        guard given < 1, parts <= Double(Self.mostTrials), abs(parts * given - 1) <= 0.02 else { throw value.expected(form) }
        return 1 / parts
    }
}
