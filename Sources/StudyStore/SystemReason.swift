import FoundationEssentials
import Glibc
import SystemPackage
import TrainerSettings

/// Why the file system refused something, in its own words rather than Foundation's codes.
package func systemReason(_ error: any Error) -> String {
    if let error = error as? AtomicFileError { return Errno(rawValue: error.code).description }
    if let code = ((error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError)?.code {
        return Errno(rawValue: code.rawValue).description
    }
    let errno: Errno? =
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile?, .fileReadNoSuchFile?: .noSuchFileOrDirectory
        case .fileReadNoPermission?, .fileWriteNoPermission?: .permissionDenied
        case .fileWriteFileExists?: .fileExists
        case .fileWriteOutOfSpace?: .noSpace
        case .fileWriteVolumeReadOnly?: .readOnlyFileSystem
        default: nil
        }
    return errno?.description ?? "\(error)"
}

/// Makes a folder and those above it.
///
/// - Throws: what the system says; `notDirectory` where a file is in the way.
func makeFolders(_ path: FilePath) throws(Errno) {
    guard mkdir(path.string, 0o777) != 0 else { return }
    switch Errno(rawValue: errno) {
    case .fileExists:
        // Made just now by another process, perhaps.
        var status = stat()
        guard stat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
    case .noSuchFileOrDirectory where path.removingLastComponent() != path:
        try makeFolders(path.removingLastComponent())
        guard mkdir(path.string, 0o777) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    case let other: throw other
    }
}
