import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// Puts a specification together from a file's sections, keeping the places that warnings need.
struct SpaceFileReader {
    private static let keys = [
        "name", "description", "metric", "metrics", "metric_pattern", "method", "run_cap", "time_cap", "workers", "seed",
        "early_terminate", "trainer", "parameters", "constraints", "enqueue", "warm_start", "runner", "confirm",
        "rank_search",
    ]

    /// W&B's keys that mean nothing here.
    static let passedOver = ["project", "entity", "apiVersion", "kind", "controller", "job", "image_uri"]
    static let passedOverOfMetric = ["impute", "impute_while_running"]

    let root: Section
    let type: any TrainerType
    let trainer: LocatedTrainer
    let metrics: [LocatedMetric]
    let parameters: [LocatedParameter]
    private(set) var specification: StudySpecification

    /// - Parameter trainers: every type that a file can name; the first is taken where it names none.
    init(_ document: LocatedValue, place: SpaceFilePlace, trainers: [any TrainerType]) throws(SpaceFileError) {
        if document.isNull { throw SpaceFileError(at: document.position, "the file is empty") }
        let keys =
            Self.keys + trainers.flatMap(\.keysInsteadOfSection) + trainers.flatMap(\.keysBesideSection) + Supervision.keys
        try Self.refuseWrapped(document, keys: keys)
        root = try Section(document, named: "the file", allowed: keys, passedOver: Self.passedOver)
        (type, trainer) = try TrainerReader(root: root, types: trainers, folder: place.folder).trainer()
        let method = try Self.method(root)
        let isBlind = [.random, .grid, .sobol].contains(method) && root["early_terminate"] == nil && type.figures == nil
        metrics = try MetricsReader(root: root, canBeOpen: isBlind).metrics()
        let given = try Self.parameters(root)
        let ranks = try RankSearchReader(root: root)
        try ranks?.check(given, trainer)
        parameters = given + (try ranks?.parameters(beside: given) ?? [])
        specification = StudySpecification(
            name: try Self.name(root, file: place.file), summary: try root.text("description"),
            metric: metrics.first?.metric ?? .firstReported, method: method, trainer: trainer.specification,
            space: try ConditionReader(parameters: parameters).resolved(), folder: place.folder)
        specification.rankSearch = ranks?.search
        specification.otherMetrics = metrics.dropFirst().map(\.metric)
        specification.reportSource = try ReportSourceReader(root: root, type: type, metric: metrics.first).source()
        specification.runCap = try root.count("run_cap", atLeast: 1)
        if let value = root["time_cap"] { specification.timeCap = try value.seconds() }
        if let workers = try root.count("workers", atLeast: 1) { specification.workers = workers }
        if let seed = try root.integer("seed") { specification.seed = seed }
        specification.supervision = try Supervision(root)
        (specification.devices, specification.cluster) = try RunnerReader(value: root["runner"]).request()
        specification.constraints = try ConstraintsReader(
            root: root, figures: type.figures, metrics: specification.metrics
        ).constraints()
        let first = FirstTrialsReader(root: root, space: specification.space)
        specification.enqueued = try first.enqueued()
        specification.warmStart = try first.warmStart()
        specification.confirmation = try ConfirmationReader(root: root, space: specification.space).settings()
        try refuseInfiniteGrid()
        if !place.isOnRecord { try type.check(study) }
        specification.batchSettings = type.batchSettings(in: specification)
        try refuseHalvingWithoutAccumulation()
        if let value = root["early_terminate"] {
            specification.earlyTermination = try EarlyTerminationReader(value).termination(
                reports: TrialCost(specification).reports)
        }
    }

    var study: LocatedStudy {
        LocatedStudy(specification: specification, trainer: trainer, parameters: parameters, metrics: metrics)
    }

    var paths: [(setting: String, path: String, position: Position)] {
        let fixed = trainer.settings.keys.map { ($0, trainer.settings[$0], trainer.places[$0] ?? trainer.position) }
        let searched = parameters.flatMap { parameter in parameter.samples.map { (parameter.name, $0.value, $0.position) } }
        let overridden = Set(parameters.filter { $0.when == nil }.map(\.name))
        return (fixed.filter { !overridden.contains($0.0) } + searched)
            .compactMap { name, value, position -> (setting: String, path: String, position: Position)? in
                guard type.inputPaths.contains(name), let path = value?.text else { return nil }
                return (name, path.hasPrefix("/") ? path : specification.folder + "/" + path, position)
            }
            .sorted { $0.position < $1.position }
    }

    /// Refuses a file whose keys all stand under one, as in a file of several things.
    private static func refuseWrapped(_ document: LocatedValue, keys: [String]) throws(SpaceFileError) {
        guard case .mapping(let entries) = document.content, entries.count == 1, let only = entries.first,
            !keys.contains(only.key),
            case .mapping(let inner) = only.value.content, inner.contains(where: { $0.key == "parameters" })
        else { return }
        throw SpaceFileError(
            at: only.keyPosition, "the study's keys stand under '\(only.key)'; they belong at the top level of the file")
    }

    /// What people write with a unit or an exponent.
    var written: [String: String] {
        var texts: [String: String] = [:]
        for key in ["time_cap", "trial_timeout", "report_timeout", "disk_cap", "grace"] { texts[key] = root[key]?.written }
        guard case .mapping(let constraints)? = root["constraints"]?.content else { return texts }
        for constraint in constraints {
            guard case .mapping(let limits) = constraint.value.content else { continue }
            for limit in limits { texts["constraints.\(constraint.key).\(limit.key)"] = limit.value.written }
        }
        return texts
    }

    // MARK: - The top level's keys

    /// The name, made fit for a folder.
    private static func name(_ root: Section, file: String) throws(SpaceFileError) -> String {
        let given = try root.text("name")
        let name = StudyName.made(from: given ?? URL(filePath: file).deletingPathExtension().lastPathComponent)
        guard !name.isEmpty else {
            throw SpaceFileError(
                at: root["name"]?.position ?? root.position,
                "found the name '\(given ?? "")', expected one with letters, digits, '-', '_' or '.'")
        }
        return name
    }

    private static func method(_ root: Section) throws(SpaceFileError) -> Method {
        guard let value = root["method"] else { return .tpe }
        let name = try value.text()
        if name == "bayes" { return .tpe }
        guard let method = Method(rawValue: name) else {
            throw .unknown("method", name, at: value.position, allowed: Method.allCases.map(\.rawValue), also: ["bayes"])
        }
        return method
    }

    private static func parameters(_ root: Section) throws(SpaceFileError) -> [LocatedParameter] {
        guard let value = root["parameters"] else {
            throw SpaceFileError(at: root.position(of: "parameters"), "an empty space: 'parameters' lists nothing to search")
        }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the parameters as a mapping from names to values, or min and max")
        }
        guard !entries.isEmpty else {
            throw SpaceFileError(at: value.position, "an empty space: 'parameters' lists nothing to search")
        }
        var parameters: [LocatedParameter] = []
        var names: Set<String> = []
        for entry in entries {
            for parameter in try LocatedParameter.all(of: entry) {
                guard names.insert(parameter.name).inserted else { throw .duplicate(parameter.name, at: parameter.position) }
                parameters.append(parameter)
            }
        }
        return parameters
    }

    /// Half a batch is the same configuration only where twice as many make a step.
    private func refuseHalvingWithoutAccumulation() throws(SpaceFileError) {
        guard specification.supervision.onOutOfMemory == .halveBatch, let value = root["on_out_of_memory"],
            specification.batchSettings == nil
        else { return }
        throw SpaceFileError(
            at: value.position,
            "on_out_of_memory: \(type.name) cannot halve its batch: \(type.reasonNotToHalve); say infeasible, or leave it out")
    }

    private func refuseInfiniteGrid() throws(SpaceFileError) {
        guard specification.method == .grid else { return }
        for parameter in parameters where parameter.distribution.count == nil {
            throw SpaceFileError(
                at: parameter.position,
                "'\(parameter.name)' has infinitely many values (\(parameter.distribution.name)), and a grid tries them all; "
                    + "give it values, or min, max and q")
        }
    }
}
