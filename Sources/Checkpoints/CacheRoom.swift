import FoundationEssentials
import Glibc

/// Keeps the files of one kind in a folder within a limit, counting each with the size that it may grow to.
///
/// Files are made, grown and removed by the holder of the folder's lock alone, which is held for a moment. Whoever uses a
/// file has a shared lock on it: the least recently opened ones that nobody holds go first.
struct CacheRoom {
    private let folder: CacheFolder
    private let kind: String
    private let limit: Int
    private let reserve: Int

    /// - Parameters:
    ///   - limit: bytes for all files of the kind together.
    ///   - reserve: bytes that are left free on the disk, for what cannot be computed again.
    init(_ folder: CacheFolder, kind: String, limit: Int, reserve: Int = CacheFolder.reserve) {
        self.folder = folder
        self.kind = kind
        self.limit = limit
        self.reserve = reserve
    }

    /// Opens the key's file, or makes it, as large as is wanted or as there is room for.
    ///
    /// - Returns: a descriptor that holds a shared lock, and the file's size.
    /// - Throws: `CheckpointError` where it cannot be made.
    func open(_ key: CacheKey, size wanted: Int) throws(CheckpointError) -> (descriptor: Int32, size: Int) {
        try folder.make()
        let lock = try lockFolder()
        defer { close(lock) }
        let path = folder.file(key)
        let header = key.header
        var descriptor = existing(path, header)
        let size = min(wanted, makeRoom(wanted, besides: key.fileName), roomOnDisk(for: path, besides: key.fileName))
        if descriptor == nil {
            unlink(path)
            guard size > header.count else {
                throw fail(path, "has no room: \(limit) bytes for all such files, and the disk's last \(reserve) stay free")
            }
            descriptor = try make(path, header)
        }
        guard let descriptor else { throw fail(path, "cannot be opened") }
        futimens(descriptor, nil)
        return (descriptor, try resize(descriptor, to: max(size, header.count), path))
    }

    /// Waits for the folder's lock, but not for ever: the holder may have been stopped.
    private func lockFolder() throws(CheckpointError) -> Int32 {
        let path = folder.path + "/lock"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw fail(path) }
        for _ in 0..<200 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
            usleep(10_000)
        }
        close(descriptor)
        throw fail(path, "is held by another process")
    }

    /// The file with the shared lock on it; nil where there is none or another's.
    private func existing(_ path: String, _ header: Data) -> Int32? {
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var found = [UInt8](repeating: 0, count: header.count)
        var status = stat()
        // Another name of the file would be written to as well.
        guard fstat(descriptor, &status) == 0, status.st_nlink == 1, flock(descriptor, LOCK_SH | LOCK_NB) == 0,
            pread(descriptor, &found, found.count, 0) == found.count, found.elementsEqual(header)
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private func make(_ path: String, _ header: Data) throws(CheckpointError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw fail(path) }
        let bytes = [UInt8](header)
        errno = 0
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            let error = fail(path)
            unlink(path)
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Grows the file; shrinks it only where nobody else counts on its size.
    private func resize(_ descriptor: Int32, to size: Int, _ path: String) throws(CheckpointError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fail(path) }
        let now = Int(status.st_size)
        if size < now {
            let isAlone = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            defer { flock(descriptor, LOCK_SH) }
            guard isAlone else { return now }
        }
        guard size == now || ftruncate(descriptor, off_t(size)) == 0 else {
            let error = fail(path)
            close(descriptor)
            throw error
        }
        return size
    }

    // MARK: - Room

    /// Removes what nobody uses, the longest unused first, until there is as much room as is wanted; says how much there is.
    private func makeRoom(_ wanted: Int, besides name: String) -> Int {
        let others = files(besides: name)
        var room = limit - others.reduce(0) { $0 + $1.size }
        for file in others.sorted(by: { $0.lastOpened < $1.lastOpened }) where room < wanted {
            if remove(file.path) { room += file.size }
        }
        return max(0, room)
    }

    /// What is free, besides the reserve and what other files have still to be filled with, and what the file takes already.
    private func roomOnDisk(for path: String, besides name: String) -> Int {
        var status = stat()
        let taken = stat(path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
        let promised = files(besides: name).reduce(0) { $0 + max(0, $1.size - $1.taken) }
        return max(0, folder.freeBytes + taken - promised - reserve)
    }

    private func files(besides name: String) -> [(path: String, size: Int, taken: Int, lastOpened: Double)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(kind + "-") && $0 != name }.compactMap { name in
            var status = stat()
            let path = folder.path + "/" + name
            guard stat(path, &status) == 0 else { return nil }
            let lastOpened = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
            return (path, Int(status.st_size), Int(status.st_blocks) * 512, lastOpened)
        }
    }

    private func remove(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0
    }

    private func fail(_ path: String, _ problem: String? = nil) -> CheckpointError {
        CheckpointError(path: path, problem: problem ?? "cannot be written: \(String(cString: strerror(errno)))")
    }
}
