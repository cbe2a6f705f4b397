import Foundation
import TestSupport

/// A study of short scripted trials that keep a journal of all they print, outside of the study.
struct ScriptedStudy {
    /// A trainer that does all that it may: it goes on from its checkpoint, which is written whole, stops where it is told
    /// to, and prints again what its controller did not read. The journal's line comes before the report's.
    static let trainer = #"""
        x=${1#--x=}; i=0
        [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
        say() { echo "$AUTOLORA_TRIAL $1 0.$x$1" >> "$JOURNAL"; echo "{\"step\": $1, \"score\": 0.$x$1}"; }
        j=$AUTOLORA_REPORTS
        while [ "$j" -lt "$i" ]; do j=$((j + 1)); say $j; done
        while [ "$i" -lt 9 ]; do
          [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
          sleep 0.0$((x % 5 + 1))
          i=$((i + 1)); say $i
          mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"
          echo $i > "$AUTOLORA_TRIAL_DIR/iter.tmp" && mv "$AUTOLORA_TRIAL_DIR/iter.tmp" "$AUTOLORA_TRIAL_DIR/checkpoint/iter" || exit 9
        done
        """#

    /// The same, but what it printed once it does not print again: it knows nothing of AUTOLORA_REPORTS.
    static let forgetful = trainer.split(separator: "\n").filter { !$0.contains("$j") && !$0.hasPrefix("j=") }.joined(
        separator: "\n")

    let temporary: TemporaryFolder
    let autolora: Autolora
    let journal: String
    var root: String { temporary.path + "/studies" }

    /// - Parameter more: lines of the space file.
    init(seed: Int, cap: Int, workers: Int = 1, more: String = "", trainer: String = Self.trainer) throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        journal = temporary.path + "/journal"
        _ = try temporary.write(trainer, to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: tpe
            run_cap: \(cap)
            workers: \(workers)
            seed: \(seed)
            early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {min: 10, max: 99}}
            \(more)

            """, to: "space.yaml")
    }

    /// Starts or goes on with a study, whichever is to be done.
    func start(_ study: String) throws -> ChildProcess {
        let isThere = FileManager.default.fileExists(atPath: "\(root)/\(study)/study.sqlite")
        let words = isThere ? ["resume", study, "--quiet"] : ["run", "space.yaml", "--study", study, "--quiet"]
        return try autolora.start(words, environment: ["JOURNAL": "\(journal).\(study)"])
    }

    /// Each report that a study's trials printed, as `trial step value`, without repetitions.
    func printed(in study: String) -> Set<String> {
        let text = (try? String(contentsOfFile: "\(journal).\(study)", encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map(String.init))
    }
}

/// Supervisors and the trainers that they started, without the tools that a trainer calls: to kill those is to make it fail.
func trialProcesses(of folder: String) -> [pid_t] {
    func isSupervisor(_ number: pid_t) -> Bool {
        (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8))?.contains("/autolora-supervisor\0") ?? false
    }
    func parent(of number: pid_t) -> pid_t {
        let stat = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
        return stat.split(separator: ")").last.flatMap { pid_t($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
    }
    let all = processes(workingIn: folder)
    return all.filter { number in
        // A supervisor counts from when it has a trial: before, it is only being started.
        isSupervisor(number) ? all.contains { parent(of: $0) == number } : isSupervisor(parent(of: number))
    }
}

/// Processes, zombies left out, that work on something in a folder.
func processes(workingIn folder: String) -> [pid_t] {
    let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    return numbers.filter { number in
        guard number != getpid(), let environment = try? Data(contentsOf: URL(filePath: "/proc/\(number)/environ")) else {
            return false
        }
        return environment.split(separator: 0).contains { $0.starts(with: Array("AUTOLORA_TRIAL_DIR=\(folder)".utf8)) }
    }
}
