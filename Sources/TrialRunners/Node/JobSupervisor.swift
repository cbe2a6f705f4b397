import CSupervisor
import FoundationEssentials
import Glibc
import Studies
import SystemPackage
import TrainerSettings

/// What a job runs: one launch of a trial, as the local runner runs one, for a controller that is elsewhere and hears of it through files.
package struct JobSupervisor: Sendable {
    private let folder: LaunchFolder
    private let executable: String
    private let version: String
    private let environment: [String: String]

    /// Exit codes of a job that did no work.
    package static let noLaunch: Int32 = 66
    package static let cannotWrite: Int32 = 75
    package static let otherVersion: Int32 = 78

    /// - Parameters:
    ///   - folder: the launch's.
    ///   - executable: the autolora binary.
    ///   - environment: this process's.
    package init(folder: String, executable: String, version: String, environment: [String: String]) {
        self.folder = LaunchFolder(folder)
        (self.executable, self.version, self.environment) = (executable, version, environment)
    }

    /// Runs the launch, unless another start of its job has.
    ///
    /// - Returns: the exit code; how the launch ended is in its folder.
    package func run() async -> Int32 {
        let file: LaunchFile
        do throws(JSONInputError) {
            file = try JSONInput.read(LaunchFile.self, file: folder.file, atMost: 16 << 20)
        } catch {
            return refuse(Self.noLaunch, "\(error); does this node see the study's folder?")
        }
        guard file.version == version else {
            return refuse(
                Self.otherVersion,
                "the study is run by autolora \(file.version), and \(executable) is \(version) here; install one version for all nodes"
            )
        }
        if access(folder.end, F_OK) == 0 { return 0 }
        // Before it says that it has started: whoever reads that may signal.
        let signals = JobSignals.begin()
        let start: Int
        do throws(Errno) { start = try begin() } catch {
            return refuse(Self.cannotWrite, "\(folder.path): cannot be written: \(error)")
        }
        // Another start works, or has worked: it sees this one and gives way.
        guard start == 1 else { return 0 }
        let began = ContinuousClock.now
        let watch = JobWatch(folder, file, clock: clock(of: file), pilot: environment["AUTOLORA_PILOT"].flatMap { pid_t($0) })
        let (orders, tell) = AsyncStream.makeStream(of: Directive.self)
        let watching = Task { await watch.run(signals, tell: tell) }
        let runner = LocalRunner(executable: executable, adoptsOrphans: true)
        _ = await runner.recover([])
        let completion = await runner.run(launch(file), orders: orders) { await watch.take($0) }
        watching.cancel()
        await watching.value
        let end = await watch.end(
            completion, seconds: (ContinuousClock.now - began) / .seconds(1), job: environment["SLURM_JOB_ID"], node: node)
        guard let end else { return refuse(Self.cannotWrite, "\(folder.reports): cannot be written") }
        return leave(end)
    }

    private func refuse(_ code: Int32, _ problem: String) -> Int32 {
        _ = try? FileDescriptor.standardError.writeAll("autolora: \(problem)\n".utf8)
        return code
    }

    /// - Returns: which start of the launch this is, from 1.
    private func begin() throws(Errno) -> Int {
        for number in 1... {
            guard mkdir(folder.start(number), 0o777) != 0 else {
                let who = Who(node: node, job: environment["SLURM_JOB_ID"], process: Int(getpid()), boot: ThisMachine.boot)
                if let bytes = try? JSONWriter.data(who, .exact) {
                    try? AtomicFile.write([bytes], to: folder.start(number) + "/who.json")
                }
                guard SharedFile.append(Array("\(number)\n".utf8), to: folder.starts) else { throw Errno(rawValue: errno) }
                return number
            }
            if errno != EEXIST { throw Errno(rawValue: errno) }
        }
        return 0
    }

    private struct Who: Encodable {
        let node: String
        let job: String?
        let process: Int
        let boot: String
    }

    private var node: String {
        if let name = environment["SLURMD_NODENAME"] { return name }
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func clock(of file: LaunchFile) -> JobClock? {
        let limit = JobClock.limit(environment, now: Double(time(nil))) ?? file.limit
        return JobClock(limit: limit, warning: file.warning, grace: file.grace)
    }

    private func launch(_ file: LaunchFile) -> Launch {
        var variables = file.environment
        // What can be computed again may lie where this node has it at hand.
        if let cache = environment["AUTOLORA_CACHE"], !cache.isEmpty { variables["AUTOLORA_CACHE"] = .some(cache) }
        // What it starts on a cluster is no pilot's.
        variables["AUTOLORA_PILOT"] = .some(nil)
        // How many processors a job has that asks for none is the cluster's to say.
        if environment["SLURM_CPUS_PER_TASK"] == nil, let count = environment["SLURM_CPUS_ON_NODE"].flatMap({ Int($0) }),
            count > 0
        {
            for name in ["AUTOLORA_THREADS", "OPENBLAS_NUM_THREADS"] where variables[name] != nil {
                variables[name] = "\(count)"
            }
        }
        var launch = Launch(
            trial: Trial.ID(file.trial), command: file.command, environment: variables,
            workingFolder: file.workingFolder,
            folder: folder.run, reports: file.reports, timeout: file.timeout, silence: file.silence, grace: file.grace)
        (launch.number, launch.beginning) = (file.number, file.beginning)
        return launch
    }

    /// Writes the end where everything before it is on the disk, and then says that it is there.
    private func leave(_ end: LaunchEnd) -> Int32 {
        for name in ["output.txt", "log.txt"] { SharedFile.sync(folder.run + "/" + name) }
        AtomicFile.syncFolder(of: folder.run + "/")
        guard let bytes = try? JSONWriter.data(end, .exact), (try? AtomicFile.write([bytes], to: folder.end)) != nil,
            SharedFile.append(ReportMail.end, to: folder.reports)
        else { return refuse(Self.cannotWrite, "\(folder.end): cannot be written") }
        return 0
    }
}
