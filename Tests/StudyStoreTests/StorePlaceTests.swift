import Foundation
import SearchSpaces
import TestSupport
import Testing

@testable import StudyStore

/// A study on a network file system has its store on its host's own disk.
struct StorePlaceTests {
    private let temporary: TemporaryFolder
    private var folder: StudyFolder
    private var environment: [String: String] { ["AUTOLORA_STORES": temporary.path + "/stores"] }

    init() throws {
        temporary = try TemporaryFolder()
        folder = try StudyFolder(root: temporary.path + "/studies", name: "far")
        try folder.make()
    }

    private static let record = StudyRecord(
        name: "far", metric: "loss", goal: .minimize, spaceFile: "", spaceFileName: "", folder: "/", seed: 0, runCap: 3,
        workers: 1,
        createdAt: 0)

    @Test func `the folder says where the store is, and every command finds it`() throws {
        var folder = folder
        let word = try #require(try folder.placeStore(environment))
        let place = try #require(folder.store?.folder)
        #expect(word.hasSuffix("the study's store is put on this host's disk, in \(place)"))
        let lock = try StudyLock(folder)
        let store = try StudyStore.create(Self.record, in: folder).held(by: lock)
        #expect(FileManager.default.fileExists(atPath: place + "/study.sqlite"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/study.sqlite"))
        let again = try StudyFolder(root: folder.root, name: "far")
        #expect(again == folder)
        #expect(try StudyStore.open(again, for: .reading).study().name == "far")
        #expect(StudyFolder.names(in: folder.root) == ["far"])
        #expect(StudyLock.holder(of: again)?.hasPrefix("process ") == true)
        // Its log goes with it.
        store.close()
        _ = consume lock
    }

    @Test func `another host is told whose study it is, and where its store lies`() throws {
        try Data(#"{"host":"login1","folder":"/var/tmp/x/far-1"}"#.utf8).write(to: URL(filePath: folder.path + "/store.json"))
        let there = try StudyFolder(root: folder.root, name: "far")
        #expect(StudyFolder.names(in: folder.root) == ["far"])
        for refused in [
            Result { _ = try StudyStore.open(there, for: .reading) }, Result { _ = try StudyStore.open(there, for: .writing) },
            Result { _ = try StudyLock(there) },
        ] {
            #expect { try refused.get() } throws: { error in
                "\(error)".hasPrefix(
                    "study 'far' belongs to the host login1, where its store is (/var/tmp/x/far-1), and this is ")
            }
        }
        // Of two who begin at once, the one who comes second.
        var second = folder
        #expect { _ = try second.placeStore(environment) } throws: { "\($0)".contains("belongs to the host login1") }
    }

    @Test func `a folder made again gets a store of its own`() throws {
        var first = folder
        _ = try first.placeStore(environment)
        try FileManager.default.removeItem(atPath: folder.path)
        try folder.make()
        var second = try StudyFolder(root: folder.root, name: "far")
        #expect(second.store == nil)
        _ = try second.placeStore(environment)
        #expect(second.store?.folder == first.store.map { $0.folder + "-2" })
    }

    @Test func `a store that is gone is told of, and not made again in silence`() throws {
        var folder = folder
        _ = try folder.placeStore(environment)
        let store = try #require(folder.store)
        try FileManager.default.removeItem(atPath: store.folder)
        #expect(throws: StudyStoreError.storeGone(name: "far", folder: store.folder, path: folder.path)) {
            try folder.requireHere()
        }
        #expect(StudyFolder.names(in: folder.root) == ["far"])
    }

    @Test func `on a disk of this machine nothing is put elsewhere`() throws {
        var folder = folder
        #expect(try folder.placeStore([:]) == nil)
        #expect(folder.store == nil)
    }

    @Test(arguments: [
        ("/home/s", "nfs4"), ("/scratch/s", "lustre"), ("/s", nil), ("/data/s", "fuse.sshfs"), ("/data2/s", nil),
        ("/data/local/s", nil), ("/over/s", nil),
    ])
    func `file systems are known by the mount that a folder is in`(path: String, name: String?) {
        let mounts = """
            1 0 0:1 / / rw - ext4 /dev/sda rw
            2 1 0:2 / /data rw shared:1 - fuse.sshfs host:/ rw
            3 2 0:3 / /data/local rw - fuse.bindfs /x rw
            4 1 0:4 / /home rw - nfs4 host:/home rw
            5 1 0:5 / /scratch rw - lustre host:/scratch rw
            6 1 0:6 / /over rw - nfs host:/over rw
            7 1 0:7 / /over rw - tmpfs none rw
            """
        #expect(NetworkFileSystem.name(at: path, mounts: mounts) == name)
    }
}
