import Foundation
import TestSupport
import Testing

/// A laboratory of scripted trials on stand-in devices. Each trial writes down when it has which; it takes a lock of the device's besides,
/// which only the last process of the trial gives back: who comes too early finds it taken.
struct GPULaboratory: Sendable {
    let temporary: TemporaryFolder
    let autolora: Autolora
    let gpus: StandInGPUs

    init(_ count: Int = 4, used: String = "[N/A]") throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        gpus = try StandInGPUs(count, in: temporary, used: used)
        try FileManager.default.createDirectory(atPath: temporary.path + "/locks", withIntermediateDirectories: true)
        _ = try temporary.write(Self.trainer, to: "train.sh")
    }

    /// `SHARES` trials at most on a device; `HOLD`: a file for whose removal each trial waits.
    private static let trainer = #"""
        note() { echo "$1 $AUTOLORA_STUDY/$AUTOLORA_TRIAL $CUDA_VISIBLE_DEVICES $(date +%s%N)" >> log; }
        note start
        for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , ' '); do
          share=0; got=
          while [ $share -lt ${SHARES:-1} ] && [ -z "$got" ]; do
            exec 8>>"locks/$gpu.$share"
            if flock -n 8; then got=1; else share=$((share + 1)); fi
          done
          [ -n "$got" ] || note overlap
        done
        setsid sh -c 'sleep 600' left-behind &
        echo '{"score": 1}'
        sleep ${LENGTH:-0.3}
        while [ -n "$HOLD" ] && [ -e "$HOLD" ]; do sleep 0.05; done
        note end
        """#

    func space(_ runner: String = "", name: String = "lab", cap: Int = 8, more: String = "") throws -> String {
        let text = """
            name: \(name)
            metric: {name: score, goal: maximize}
            method: random
            run_cap: \(cap)
            \(runner.isEmpty ? "" : "runner: \(runner)")
            \(more)
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {min: 0.0, max: 1.0}}

            """
        _ = try temporary.write(text, to: name + ".yaml")
        return name + ".yaml"
    }

    func start(_ arguments: String..., adding variables: [String: String] = [:]) throws -> ChildProcess {
        try autolora.start(arguments, environment: gpus.environment.merging(variables) { $1 })
    }

    func run(_ arguments: String..., adding variables: [String: String] = [:]) async throws -> Autolora.Result {
        try await autolora.wait(for: try autolora.start(arguments, environment: gpus.environment.merging(variables) { $1 }))
    }

    /// What a trial wrote down.
    struct Note {
        let word: String
        let trial: String
        let gpus: [String]
        let time: Int
    }

    var notes: [Note] {
        (temporary.read("log") ?? "").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4, let time = Int(parts[3]) else { return nil }
            return Note(word: parts[0], trial: parts[1], gpus: parts[2].split(separator: ",").map(String.init), time: time)
        }
    }

    func starts(of study: String = "lab") -> [Note] { notes.filter { $0.word == "start" && $0.trial.hasPrefix(study + "/") } }

    /// The most trials that one device had at a time, by the log.
    var mostAtOnce: Int {
        var (running, most) = ([String: Int](), 0)
        for note in notes.sorted(by: { $0.time < $1.time }) where note.word != "overlap" {
            for gpu in note.gpus {
                running[gpu, default: 0] += note.word == "start" ? 1 : -1
                most = max(most, running[gpu] ?? 0)
            }
        }
        return most
    }

    var overlaps: [Note] { notes.filter { $0.word == "overlap" } }

    /// What the doctor says of each device.
    func states() async throws -> [String] {
        let doctor = try #require(try await run("doctor", "--json").json() as? [String: Any])
        return try #require(doctor["gpus"] as? [[String: Any]]).compactMap { $0["state"] as? String }
    }

    func finish(_ process: ChildProcess) async throws -> Autolora.Result { try await autolora.wait(for: process) }
}
