import TrainerSettings

/// Why a study's store cannot be used, with what to do next.
package enum StudyStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSuchStudy(name: String, root: String, hint: String)
    /// The options are those that the command which resumes it needs.
    case exists(name: String, folder: String, options: String = "")
    /// A study is to be made under a name that is taken.
    case taken(name: String, folder: String)
    /// It has trials of another program's, and no trainer.
    case imported(name: String)
    case badName(String)
    case notWritable(path: String, reason: String)
    case damaged(path: String, reason: String)
    /// Another program keeps it from being read.
    case busy(path: String)
    case newer(path: String)
    /// An earlier version runs it, which takes no requests.
    case earlierRun(name: String, holder: String)
    /// A study that was opened cannot be changed, for want of space on its disk say.
    case writeFailed(path: String, reason: String, isFull: Bool)
    case held(name: String, holder: String)
    /// Its store lies on the disk of another host.
    case elsewhere(name: String, host: String, folder: String, here: String, path: String)
    /// The folder of its store, on this host's disk, is no longer there.
    case storeGone(name: String, folder: String, path: String)
    /// Something stands where one of the study's own files should.
    case foreign(path: String, found: String, expected: String)
    /// The files of a run were moved or replaced under it.
    case displaced(name: String, problem: String)
    /// It has more trials than it should have in all.
    case hasMore(name: String, trials: Int, wanted: Int)
    /// Its history cannot be kept with another space file.
    case otherSpace(name: String, file: String, reason: String)
    /// The folder that its trials start in is not there, since the project was moved say; the file is the space file's name.
    case folderGone(name: String, folder: String, file: String, options: String)

    package var description: String {
        switch self {
        case .noSuchStudy(let name, let root, let hint):
            "no study '\(name)' in \(root)\(hint); `autolora list --studies \(root.shellWord)` lists what is there"
        case .exists(let name, let folder, let options):
            "study '\(name)' exists already in \(folder); go on with it: autolora resume \(name)\(options), or choose another"
                + " --study NAME"
        case .taken(let name, let folder):
            "study '\(name)' exists already in \(folder); choose another name, or remove that folder"
        case .imported(let name):
            "study '\(name)' was imported: it has trials and no trainer; learn from it by `warm_start: [\(name)]` in a space file"
        case .badName(let name):
            "'\(name)' cannot name a study: use letters, digits, '-', '_' and '.', not starting with a '.' or '-'"
        case .notWritable(let path, let reason):
            "\(path): cannot be written: \(reason); make it writable or choose another folder with --studies DIR"
        case .damaged(let path, let reason):
            "\(path): not a study that can be read: \(reason); \(Self.verification(of: path)) tells what is wrong with it"
        case .busy(let path): "\(path): held by another program; try again once that lets go of it"
        case .writeFailed(let path, let reason, let isFull):
            "\(path): cannot be written: \(reason)\(isFull ? "; make space on that disk" : "")"
        case .earlierRun(let name, let holder):
            "study '\(name)' is run by \(holder), an earlier autolora that takes no requests: stop it there, and resume the study with this one"
        case .newer(let path): "\(path): written by a newer autolora; use that version"
        case .foreign(let path, let found, let expected):
            "\(path): is \(found), where a study keeps \(expected) of its own; nothing is read or written through it: remove it, or"
                + " take the study's folder from a copy"
        case .displaced(let name, let problem):
            "study '\(name)': \(problem); this run ends its trials and records nothing more"
        case .held(let name, let holder): "study '\(name)' is being run by \(holder); stop that first, or wait for it"
        case .elsewhere(let name, let host, let folder, let here, let path):
            "study '\(name)' belongs to the host \(host), where its store is (\(folder)), and this is \(here): run autolora there; should this "
                + "be that host by another name, write that name into \(path)/store.json"
        case .storeGone(let name, let folder, let path):
            "study '\(name)': its store was in \(folder), which is no longer there; bring that folder back from a copy, or begin again by "
                + "removing \(path) (the trials' files and logs are there still)"
        case .otherSpace(let name, let file, let reason):
            "\(file): study '\(name)' cannot go on by it: \(reason); mend that, or run it as a study of its own with"
                + " `warm_start: [\(name)]`"
        case .folderGone(let name, let folder, let file, let options):
            "study '\(name)': there is no folder \(folder), where its trials start; give the space file where it is now:"
                + " autolora resume \(name)\(options) --space \(file.shellWord)"
        case .hasMore(let name, let trials, let wanted):
            "--trials \(wanted): study '\(name)' has \(trials) trials already; give at least \(trials), the new total"
        }
    }
}

extension StudyStoreError {
    /// What is wrong with a damaged store, and nothing else.
    package var reason: String? {
        if case .damaged(_, let reason) = self { reason } else { nil }
    }

    /// The command that looks through the study with a store.
    private static func verification(of database: String) -> String {
        let parts = database.split(separator: "/", omittingEmptySubsequences: false)
        let (name, root) = (parts.dropLast().last ?? "", parts.dropLast(2).joined(separator: "/"))
        return "`autolora verify \(String(name).shellWord) --studies \(root.shellWord)`"
    }
}
