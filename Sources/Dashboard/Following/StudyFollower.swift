package import SearchSpaces
package import StudyStore
import StudyViews
import TrainerSettings

/// What a study's space file says; nil: it cannot be read any more.
package typealias SpaceReader = @Sendable (StudyStore, StudyRecord) -> StudySpecification?

/// Opens a study for reading.
typealias StoreOpener = @Sendable (StudyFolder) throws -> StudyStore

/// One study for all who look at it: however many they are, it is read by one reader, and only when its files have changed.
///
/// Each look is a short transaction of SQLite's, for which the study's controller never waits.
actor StudyFollower {
    let folder: StudyFolder
    private let readSpace: SpaceReader
    private let open: StoreOpener
    private var store: StudyStore?
    private var signs: FileSigns?
    private var mark: StudyMark?
    /// Of the last thing that happened: what is said of jobs has no event.
    private var lastSign: [Double] = []
    private var known: (table: TrialTable, stamp: Int)?
    private var space: StudySpecification??
    /// What was worked out since the study last changed, as JSON, by the words that asked for it.
    private var answers: [String: String] = [:]
    private var answerBytes = 0
    private static let mostAnswerBytes = 24 << 20
    /// Counts the changes.
    private var stamp = 0
    private var watchers = Watchers()
    private var polling: Task<Void, Never>?
    private var lastUse = ContinuousClock.now
    private var lastLook = ContinuousClock.now

    init(
        _ folder: StudyFolder, readSpace: @escaping SpaceReader,
        open: @escaping StoreOpener = { try StudyStore.open($0, for: .reading) }
    ) {
        (self.folder, self.readSpace, self.open) = (folder, readSpace, open)
    }

    /// Whether anything is held of the study.
    var isOpen: Bool { store != nil }

    /// The study as its files have it now.
    ///
    /// - Throws: `StudyStoreError`.
    @discardableResult
    private func current() throws -> StudyStore {
        lastUse = .now
        // However many ask: a study that runs is not looked at more often than that.
        if let store, signs?.holder != nil, lastLook.duration(to: .now) < .milliseconds(150) { return store }
        let now = FileSigns(folder)
        lastLook = .now
        // The files are written before what is in them can be read: the last event and sign tell that.
        if let store, let signs, now.looksLike(signs), try store.mark() == mark, try store.lastSign() == lastSign {
            return store
        }
        if store == nil || store?.isFixed == true || !now.isSameFile(as: signs) { close() }
        // What ran when its controller was killed waits now, without an event that says so.
        if signs?.holder != nil, now.holder == nil { known = nil }
        let opened = try store ?? open(folder)
        (store, signs, mark, lastSign) = (opened, now, try opened.mark(), try opened.lastSign())
        forgetAnswers()
        return opened
    }

    private func forgetAnswers() {
        stamp += 1
        (answers, answerBytes) = ([:], 0)
    }

    private func close() {
        (store, known, space, signs) = (nil, nil, nil, nil)
        forgetAnswers()
    }

    /// Gives back what is held of a study that nobody has looked at for a while.
    func rest(after idle: Duration) {
        if watchers.isEmpty, lastUse.duration(to: .now) >= idle { close() }
    }

    /// An answer as JSON, worked out once for each change of the study.
    ///
    /// - Parameter key: tells answers apart.
    func answer(_ key: String, _ make: @Sendable (isolated StudyFollower, StudyStore) throws -> SettingValue) throws -> String {
        let store = try current()
        if let answer = answers[key] { return answer }
        let answer = JSONWriter.text(try make(self, store), .page)
        answerBytes += answer.utf8.count
        if answerBytes > Self.mostAnswerBytes { (answers, answerBytes) = ([:], answer.utf8.count) }
        answers[key] = answer
        return answer
    }

    /// A look that is not kept: at a trial's files, say.
    func look<Result: Sendable>(_ work: @Sendable (isolated StudyFollower, StudyStore) throws -> Result) throws -> Result {
        try work(self, try current())
    }

    /// Every trial with its reports, brought up to date by what has happened since.
    func trials() throws -> TrialTable {
        let store = try current()
        guard let seen = known?.stamp, var table = known?.table else {
            let table = try TrialTable(store)
            known = (table, stamp)
            return table
        }
        if seen != stamp {
            // The one copy, so that it is changed in place.
            known = nil
            table.take(try store.news(since: table.mark, atMost: .max))
            known = (table, stamp)
        }
        return table
    }

    func specification() throws -> StudySpecification? {
        let store = try current()
        if let space { return space }
        let read = readSpace(store, try store.study())
        space = .some(read)
        return read
    }

    /// Tells of each change, and every so often that there is none.
    func changes() -> AsyncStream<String> {
        if polling == nil { polling = Task { await poll() } }
        return watchers.add { [weak self] number in Task { await self?.leave(number) } }
    }

    private func leave(_ number: Int) { watchers.remove(number) }

    private func poll() async {
        var rounds = 0
        while !watchers.isEmpty, !Task.isCancelled {
            let start = ContinuousClock.now
            let word: String
            do {
                try current()
                word = "\(stamp)"
            } catch { word = "\(error)" }
            watchers.tell(word, always: rounds % 40 == 39)
            rounds += 1
            // A study that takes long to read is read the less often.
            let isRun = signs?.holder != nil
            try? await Task.sleep(for: max(.milliseconds(isRun ? 250 : 500), start.duration(to: .now) * 4))
        }
        polling = nil
    }
}
