import FoundationEssentials
import Glibc

/// Why the file system refused something, in its own words rather than Foundation's codes.
package func systemReason(_ error: any Error) -> String {
    code(of: error).map { String(cString: strerror($0)) } ?? "\(error)"
}

/// An error for people: of Foundation's the file and the system's reason, any other as it says itself.
package func errorText(_ error: any Error) -> String {
    guard let path = (error as? CocoaError)?.filePath else { return error is CocoaError ? systemReason(error) : "\(error)" }
    return "\(path): \(systemReason(error))"
}

/// The system's number for why it refused something; nil: it did not.
private func code(of error: any Error) -> Int32? {
    if let error = error as? AtomicFileError { return error.code }
    if let code = ((error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError)?.code { return code.rawValue }
    return switch (error as? CocoaError)?.code {
    case .fileNoSuchFile?, .fileReadNoSuchFile?: ENOENT
    case .fileReadNoPermission?, .fileWriteNoPermission?: EACCES
    case .fileWriteFileExists?: EEXIST
    case .fileWriteOutOfSpace?: ENOSPC
    case .fileWriteVolumeReadOnly?: EROFS
    default: nil
    }
}
