import GRDB
import SearchSpaces
import TrainerSettings

extension StudyStore {
    /// Every look into a study that is open.
    ///
    /// - Throws: `StudyStoreError.damaged` for what cannot be read, `.busy`, `.writeFailed`.
    func read<Result>(_ work: (Database) throws -> Result) throws -> Result {
        do { return try pool.read(work) } catch { throw Self.refusal(of: folder, error) }
    }

    func damaged(_ reason: String) -> StudyStoreError { .damaged(path: folder.database, reason: reason) }

    /// What an error of SQLite, or of a row that is not as it was written, says of the study.
    static func refusal(of folder: StudyFolder, _ error: any Error) -> StudyStoreError {
        if let error = error as? StudyStoreError { return error }
        if DiskSpace.isBehind(error, at: folder.storePath) {
            return .writeFailed(path: folder.database, reason: reason(error), isFull: true)
        }
        if let code = (error as? DatabaseError)?.resultCode, [.SQLITE_BUSY, .SQLITE_LOCKED].contains(code) {
            return .busy(path: folder.database)
        }
        return .damaged(path: folder.database, reason: reason(error))
    }

    /// Whether an error is of the study itself, not of the disk that it is on.
    static func isOfStudy(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH].contains(error.resultCode)
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as DatabaseError: words(for: error)
        case let error as DecodingError: words(for: error)
        // What follows is the whole row.
        case is RowDecodingError: String("\(error)".prefix(upTo: " - row: ").prefix(upTo: ", row: "))
        case let error as StudyStoreError: error.reason ?? "\(error)"
        default: "\(error)"
        }
    }

    private static func words(for error: DatabaseError) -> String {
        if error.resultCode == .SQLITE_BUSY { return "another program holds it locked; end that one first" }
        let words = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        guard error.resultCode == .SQLITE_IOERR, let limit = DiskSpace.fileLimit else { return words }
        return words + ", where no file may grow beyond \(ByteCount(bytes: limit)); raise that limit (ulimit -f)"
    }

    private static func words(for error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let place = (context?.codingPath ?? []).map(\.stringValue).joined(separator: ".")
        return (place.isEmpty ? "" : "column \(place): ") + (context?.debugDescription ?? "\(error)")
    }
}

extension StringProtocol {
    /// The text before a mark; all of it where there is none.
    fileprivate func prefix(upTo mark: String) -> SubSequence {
        firstRange(of: mark).map { self[..<$0.lowerBound] } ?? self[...]
    }
}
