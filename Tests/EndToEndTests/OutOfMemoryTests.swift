import Foundation
import TestSupport
import Testing

/// Trials that run out of memory as real ones do, with a program that says what PyTorch says.
@Suite(.timeLimit(.minutes(5))) struct OutOfMemoryTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    /// batch_size x max_length is what it takes.
    private static let program = #"""
        for word in "$@"; do
          case $word in
            --batch_size=*) batch=${word#*=};;
            --gradient_accumulation_steps=*) steps=${word#*=};;
            --max_length=*) length=${word#*=};;
          esac
        done
        echo "batch $batch steps $steps length $length" >> seen.txt
        echo "oom_retry: false"
        if [ $((batch * length)) -gt LIMIT ]; then
          echo 'Traceback (most recent call last):' >&2
          echo '  File "/opt/sft.py", line 168, in main' >&2
          echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.69 GiB' >&2
          exit 1
        fi
        echo "{\"step\": 1, \"eval_loss\": 0.$((length + batch))}"
        """#

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    private func write(_ more: String, limit: Int = 4000) throws {
        _ = try temporary.write(Self.program.replacing("LIMIT", with: "\(limit)"), to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 14
            seed: 3
            max_failures: 1
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters:
              batch_size: {values: [2, 4, 8, 16]}
              gradient_accumulation_steps: {value: 1}
              max_length: {min: 128, max: 1024}
              learning_rate: {min: 1e-5, max: 1e-3}
            \(more)
            """, to: "space.yaml")
    }

    private func trials() async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
    }

    @Test func `they are infeasible, neither failed nor bad, wherever they are shown`() async throws {
        try write("")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(
            run.errors.contains("pruned, out of memory after report 0: ended with exit code 1: torch.OutOfMemoryError: CUDA"))
        #expect(run.output.contains("ran out of memory, as trial "), "\(run.output)")
        let trials = try await trials()
        let short = trials.filter { $0["infeasible"] is String }
        #expect(trials.count == 14 && !short.isEmpty && short.count <= 4)
        for trial in trials {
            let values = try #require(trial["parameters"] as? [String: Any])
            let need = (values["batch_size"] as? Int ?? 0) * (values["max_length"] as? Int ?? 0)
            #expect((need > 4000) == (trial["infeasible"] is String))
            #expect(trial["state"] as? String == (need > 4000 ? "pruned" : "complete"))
        }
        #expect(short[0]["infeasible"] as? String == "out of GPU memory (its log says: CUDA out of memory)")
        let status = try #require(try await autolora.run("status", "lab", "--json").json() as? [String: Any])
        #expect(status["out_of_memory"] as? Int == short.count)
        #expect((status["trials"] as? [String: Int])?["failed"] == 0 && status["failures"] == nil)
        #expect(try await autolora.run("status", "lab").output.contains("memory    \(short.count) of them needed more"))
        #expect(try await autolora.run("trials", "lab").output.contains("pruned, out of memory"))
        let csv = try await autolora.run("trials", "lab", "--csv").output
        #expect(csv.contains(",infeasible,") && csv.contains(",out of GPU memory (its log says: CUDA out of memory),"))
        let replay = try await autolora.run("verify", "lab", "--replay")
        #expect(replay.code == 0, "\(replay.output)")
        #expect(try await autolora.run("best", "lab").code == 0)
    }

    @Test func `with half the batch they are trained all the same`() async throws {
        try write("on_out_of_memory: halve_batch")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.output.contains("half the batch with twice the accumulation where out of memory"), "\(check.errors)")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("it starts over with batch_size "))
        let trials = try await trials()
        #expect(trials.count == 14 && trials.allSatisfy { $0["state"] as? String == "complete" && $0["infeasible"] is NSNull })
        let halved = trials.filter { $0["halvings"] as? Int ?? 0 > 0 }
        #expect(!halved.isEmpty)
        let seen = try String(contentsOfFile: temporary.path + "/seen.txt", encoding: .utf8).split(separator: "\n")
        for line in seen {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            #expect([2, 4, 8, 16].contains(numbers[0] * numbers[1]), "\(line)")
        }
        let configuration = try temporary.path + "/studies/lab/trials/\(#require(halved[0]["number"] as? Int))/config.json"
        let parameters =
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: configuration))) as? [String: Any]
        #expect((parameters?["parameters"] as? [String: Any])?["gradient_accumulation_steps"] as? Int ?? 1 > 1)
        let replay = try await autolora.run("verify", "lab", "--replay")
        #expect(replay.code == 0, "\(replay.output)")
    }

    @Test func `where nothing fits the study says so, and its end is no success`() async throws {
        try write("", limit: 1)
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 1)
        #expect(run.errors.contains("ran out of memory"), "\(run.errors)")
        #expect(
            run.errors.contains("every trial ran out of memory: allow smaller values, or take a smaller model"), "\(run.errors)"
        )
        let best = try await autolora.run("best", "lab")
        #expect(best.code != 0 && best.errors.contains("ran out of memory"), "\(best.errors)")
    }
}
