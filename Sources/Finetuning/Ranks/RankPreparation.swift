import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import TrainerSettings

/// What a trial does before it trains, where its data say what it starts from. With `rank_allocation` it finds its modules' ranks, with
/// which as many parameters are trained as with the rank that the settings give, and keeps them in its folder's ranks.json, so that a
/// launch that goes on has the same. With `init_lora_weights: eva` it looks at its modules' inputs.
package struct RankPreparation {
    let job: TrainingJob
    let warn: (String) -> Void

    var settings: TrainerSettings { job.settings }

    /// - Parameter warn: gets lines for the log: what was found, and where the cache fails.
    package init(_ job: TrainingJob, warn: @escaping (String) -> Void) { (self.job, self.warn) = (job, warn) }

    /// Whether anything is to be done.
    package var isNeeded: Bool { settings.rankAllocation != .uniform || settings.adapterStart == .eva }

    /// The job as it is trained; nil when it was interrupted.
    ///
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package func prepared(
        progress: (TrainingProgress) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
    ) throws -> TrainingJob? {
        guard isNeeded else { return job }
        try checkWritable(job.outputFolder)
        var prepared = job
        if settings.rankAllocation != .uniform {
            guard let ranks = try kept() ?? found(progress: progress, isInterrupted: isInterrupted) else { return nil }
            prepared.settings = resolved(ranks)
        }
        if settings.adapterStart == .eva {
            guard try hasBegun(prepared.settings, isInterrupted: isInterrupted) else { return nil }
        }
        if settings.rankAllocation == .cut || settings.adapterStart == .eva { prepared.settings.initAdapter = startFolder }
        return prepared
    }

    private func found(progress: (TrainingProgress) -> Void, isInterrupted: () -> Bool) throws -> [String: Int]? {
        let found =
            switch settings.rankAllocation {
            case .uniform, .probe: try probed(isInterrupted)
            case .eva: try spreadByVariance(isInterrupted)
            case .cut: try cut(progress: progress, isInterrupted: isInterrupted)
            }
        if let found { try keep(found) }
        return found
    }

    /// Writes a fresh adapter that starts from the directions of its inputs. A launch that goes on has it, or needs its shapes alone.
    ///
    /// - Returns: false when it was interrupted.
    private func hasBegun(_ settings: TrainerSettings, isInterrupted: () -> Bool) throws -> Bool {
        guard job.resumeFrom == nil || !FileManager.default.fileExists(atPath: AdapterFolder(startFolder).tensorFile) else {
            return true
        }
        let found = try PrincipalStart(settings, cacheFolder: job.cacheFolder, warn: warn, isInterrupted: isInterrupted)
        guard let found else { return false }
        try makeFolders(job.outputFolder)
        try? FileManager.default.removeItem(atPath: startFolder)
        try found.write(to: startFolder)
        return true
    }

    /// The settings with these ranks by modules' whole names; each module keeps the scale that the rank in common gives.
    private func resolved(_ ranks: [String: Int]) -> TrainerSettings {
        var resolved = settings
        (resolved.rank, resolved.loraAlpha, resolved.usesRSLoRA) = (1, 1, false)
        resolved.targetModules = .names(ranks.keys.sorted())
        (resolved.layersToTransform, resolved.excludedModules) = (.all, nil)
        (resolved.rankPattern, resolved.alphaPattern) = (ranks, ranks.mapValues { scale * Double($0) })
        return resolved
    }

    var scale: Double {
        let rank = Double(settings.rank)
        return settings.loraAlpha / (settings.usesRSLoRA ? rank.squareRoot() : rank)
    }

    // MARK: - Where they are kept

    private var file: String { job.outputFolder + "/ranks.json" }
    /// What a cut starts from.
    var startFolder: String { job.outputFolder + "/start" }

    /// What the ranks follow from, as far as it is a setting; data are compared when training goes on.
    private var origin: SettingValue {
        let free = Set(TrainerSettings.namesWithoutEffect)
        return .object(settings.values.filter { !free.contains($0.key) })
    }

    /// Only of a training that goes on: one that starts over in the folder may have other data.
    private func kept() -> [String: Int]? {
        guard job.resumeFrom != nil, let saved = try? JSONInput.object(file: file), saved["settings"] == origin,
            case .object(let ranks)? = saved["ranks"]
        else { return nil }
        if settings.rankAllocation == .cut, !FileManager.default.fileExists(atPath: AdapterFolder(startFolder).tensorFile) {
            return nil
        }
        let found = ranks.compactMapValues(\.integer)
        return found.isEmpty ? nil : found
    }

    private func keep(_ ranks: [String: Int]) throws {
        try makeFolders(job.outputFolder)
        let value = SettingValue.object(["settings": origin, "ranks": .object(ranks.mapValues(SettingValue.int))])
        try FolderFile(json: value, as: "ranks.json").write(in: job.outputFolder)
    }

    // MARK: - How they are found

    private func probed(_ isInterrupted: () -> Bool) throws -> [String: Int]? {
        let clock = ContinuousClock()
        let start = clock.now
        let found = try RankProbe(settings, cacheFolder: job.cacheFolder, warn: warn, isInterrupted: isInterrupted)
        guard let probe = found else { return nil }
        let budget = probe.modules.reduce(0) { $0 + settings.rank * $1.cost }
        let ranks = probe.ranks(within: budget)
        say(ranks, "|W G| over \(probe.batches) batches, \(SettingValue.short((clock.now - start) / .seconds(1))) s")
        return named(probe.modules.map(\.name), ranks)
    }

    private func spreadByVariance(_ isInterrupted: () -> Bool) throws -> [String: Int]? {
        let found = try PrincipalStart.ranks(settings, cacheFolder: job.cacheFolder, warn: warn, isInterrupted: isInterrupted)
        guard let found else { return nil }
        say(found.ranks, "the variance of inputs over \(found.batches) batches")
        return named(found.modules, found.ranks)
    }

    private func cut(progress: (TrainingProgress) -> Void, isInterrupted: () -> Bool) throws -> [String: Int]? {
        let start = try RankStartTraining(self)
        guard let adapter = try start.adapter(progress: progress, isInterrupted: isInterrupted) else { return nil }
        let ranks = try AdapterRanks(AdapterFolder(adapter))
        let budget = ranks.modules.reduce(ranks.fixedParameters) { $0 + settings.rank * $1.cost }
        let chosen = ranks.path.ranks(after: ranks.path.place(within: budget) ?? 0)
        guard chosen.contains(where: { $0 > 0 }) else {
            throw InputError(
                place: "rank_allocation", problem: "cut leaves no module a rank with r \(settings.rank); give a greater r")
        }
        try? FileManager.default.removeItem(atPath: startFolder)
        try makeFolders(job.outputFolder)
        try ranks.write(cutTo: chosen, scale: scale, to: startFolder)
        say(chosen, "cut from \(adapter)")
        return named(ranks.modules.map(\.name), chosen)
    }

    private func named(_ modules: [String], _ ranks: [Int]) -> [String: Int] {
        Dictionary(zip(modules, ranks).filter { $0.1 > 0 }) { first, _ in first }
    }

    private func say(_ ranks: [Int], _ origin: String) {
        let kept = ranks.filter { $0 > 0 }
        warn(
            "rank_allocation \(settings.rankAllocation.rawValue): \(kept.count) of \(ranks.count) modules, ranks \(kept.min() ?? 0) to "
                + "\(kept.max() ?? 0) in place of \(settings.rank) (\(origin))")
    }
}
