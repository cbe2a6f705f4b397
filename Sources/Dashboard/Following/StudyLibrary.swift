import StudyStore
import TrainerSettings

/// The studies of a folder, each followed once.
actor StudyLibrary {
    let root: String
    /// Those that may be seen; nil: all.
    private let only: Set<String>?
    private let readSpace: SpaceReader
    private var followers: [String: StudyFollower] = [:]
    /// What the list says of each, and the signs of the files that say it.
    private var rows: [String: (row: SettingValue, signs: FileSigns, at: ContinuousClock.Instant)] = [:]
    /// A row of a study that runs is not worked out more often.
    private static let pause = Duration.milliseconds(500)
    private var watchers = Watchers()
    private var polling: Task<Void, Never>?
    private var sweeping: Task<Void, Never>?
    /// How long what nobody looks at is kept.
    private let idle: Duration

    init(root: String, only: [String], idle: Duration = .seconds(60), readSpace: @escaping SpaceReader) {
        (self.root, self.idle, self.readSpace) = (root, idle, readSpace)
        self.only = only.isEmpty ? nil : Set(only)
    }

    /// - Throws: `StudyStoreError.noSuchStudy`, `.badName`.
    func follower(_ name: String) throws -> StudyFollower {
        let folder = try StudyFolder(root: root, name: name)
        guard only?.contains(name) ?? true, StudyFolder.names(in: root).contains(folder.name) else {
            throw StudyStoreError.noSuchStudy(name: name, root: root, hint: "")
        }
        sweeping =
            sweeping
            ?? Task { [weak self, idle] in
                while (try? await Task.sleep(for: idle)) != nil, await self?.sweep() != nil {}
            }
        if let follower = followers[folder.name] { return follower }
        let follower = StudyFollower(folder, readSpace: readSpace)
        followers[folder.name] = follower
        return follower
    }

    deinit { sweeping?.cancel() }

    /// Lets go of studies that are gone, and of what nobody has looked at for a while.
    private func sweep() async {
        let there = Set(names)
        followers = followers.filter { there.contains($0.key) }
        rows = rows.filter { there.contains($0.key) }
        for follower in followers.values { await follower.rest(after: idle) }
    }

    private var names: [String] { StudyFolder.names(in: root).filter { only?.contains($0) ?? true } }

    /// A row for each study, those that cannot be read with the reason.
    ///
    /// - Parameter now: seconds since 1970.
    func list(now: Double) async -> SettingValue {
        var list: [SettingValue] = []
        for name in names {
            guard let folder = try? StudyFolder(root: root, name: name), let follower = try? follower(name) else { continue }
            let signs = FileSigns(folder)
            if let known = rows[name],
                signs.isUnchanged(since: known.signs) || (signs.holder != nil && known.at.duration(to: .now) < Self.pause)
            {
                list.append(known.row)
                continue
            }
            let row: SettingValue
            do { row = try await follower.row(now: now) } catch { row = StudyRow.unreadable(name, error) }
            rows[name] = (row, signs, .now)
            list.append(row)
            // Hundreds of studies may be here: what nobody looks at is not kept open.
            if signs.holder == nil { await follower.rest(after: .zero) }
        }
        let shown = names + (only == nil ? StudyFolder.unusableNames(in: root) : [])
        for name in shown.dropFirst(names.count) {
            list.append(StudyRow.unreadable(name, StudyStoreError.badName(name)))
        }
        return .array(list)
    }

    /// Tells that a study has changed, has come or has gone.
    func changes() -> AsyncStream<String> {
        if polling == nil { polling = Task { await poll() } }
        return watchers.add { [weak self] number in Task { await self?.leave(number) } }
    }

    private func leave(_ number: Int) { watchers.remove(number) }

    private func poll() async {
        var (rounds, stamp) = (0, 0)
        var last: [String: FileSigns] = [:]
        while !watchers.isEmpty, !Task.isCancelled {
            let folders = names.compactMap { try? StudyFolder(root: root, name: $0) }
            let now = Dictionary(folders.map { ($0.name, FileSigns($0)) }) { first, _ in first }
            if now.count != last.count || now.contains(where: { !$0.value.isUnchanged(since: last[$0.key]) }) { stamp += 1 }
            last = now
            watchers.tell("\(stamp)", always: rounds % 15 == 14)
            rounds += 1
            try? await Task.sleep(for: .seconds(1))
        }
        polling = nil
    }
}
