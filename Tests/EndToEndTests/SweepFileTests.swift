import Foundation
import TestSupport
import Testing

/// W&B sweep files and commands, run as they are.
@Suite(.timeLimit(.minutes(5))) struct SweepFileTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Says where it runs and with which words, and reports.
    private static let script = """
        echo "cwd $PWD" >> "$AUTOLORA_TRIAL_DIR/told"
        for word in "$@"; do echo "word $word" >> "$AUTOLORA_TRIAL_DIR/told"; done
        for i in 1 2 3; do echo "{\\"step\\": $i, \\"eval_loss\\": 0.$i}"; done

        """

    private func told(_ study: String, _ trial: Int) -> [String] {
        temporary.read("studies/\(study)/trials/\(trial)/told")?.split(separator: "\n").map(String.init) ?? []
    }

    @Test func `a sweep in a subfolder finds its program from the project's root, and keeps that folder`() async throws {
        _ = try temporary.write(Self.script, to: "scripts/tune.sh")
        _ = try temporary.write(
            """
            program: scripts/tune.sh
            method: bayes
            metric: {name: eval_loss, goal: minimize}
            run_cap: 2
            parameters:
              lr: {distribution: log_uniform_values, min: 1e-5, max: 5e-4}
              lora-r: {values: [8, 16, 32]}
            command: ["${env}", sh, "${program}", --model=some/base, "${args}"]
            """, to: "configs/sweep.yaml")
        let place = URL(filePath: temporary.path).resolvingSymlinksInPath().path
        let said =
            "configs/sweep.yaml:1:10: warning: scripts/tune.sh is not in \(place)/configs but in \(place): trials start there"
        let check = try await autolora.run("check", "configs/sweep.yaml")
        #expect(check.code == 0)
        #expect(check.errors.contains(said), "\(check.errors)")
        let run = try await autolora.run("run", "configs/sweep.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains(said), "\(run.errors)")
        // Resumed from another folder, it goes on where it began.
        let elsewhere = Autolora(in: temporary.path + "/configs")
        let resume = try await elsewhere.run("resume", "sweep", "--studies", "../studies", "--trials", "3")
        #expect(resume.code == 0, "\(resume.errors)")
        for trial in 0..<3 {
            let told = told("sweep", trial)
            #expect(told.first == "cwd \(place)")
            #expect(told.dropFirst().first == "word --model=some/base")
            #expect(told.dropFirst(2).map { String($0.prefix(10)) } == ["word --lor", "word --lr="])
            #expect(told.count == 4)
        }
        // From a folder where it is not: refused before anything is made.
        let refused = try await elsewhere.run("run", "sweep.yaml")
        #expect(refused.code == 2)
        #expect(
            refused.errors.hasPrefix("autolora: sweep.yaml:1:10: program: there is no scripts/tune.sh in \(place)/configs;"),
            "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/configs/studies"))
    }

    @Test func `a grid over groups tries each configuration once, and programs get groups as objects`() async throws {
        _ = try temporary.write(Self.script, to: "main.sh")
        _ = try temporary.write(
            """
            program: main.sh
            project: agents-debug
            method: grid
            parameters:
              prompts: {parameters: {tuner: {parameters: {type: {values: [few-shot, mipro]}}}}}
              thoughts: {parameters: {mode: {values: [report, multi, bigram]}, rounds: {values: [1, 2]}}}
            metric: {name: eval_loss, goal: minimize}
            command: [sh, "${program}", "${args}"]
            """, to: "sweep.yaml")
        let run = try await autolora.run("run", "sweep.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        let words = (0..<12).map { told("sweep", $0).dropFirst() }
        #expect(Set(words.map(Array.init)).count == 12)
        #expect(words.allSatisfy { $0.count == 3 && $0.last?.hasPrefix("word --thoughts.rounds=") == true })
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies/sweep/trials/12"))
        struct File: Decodable {
            struct Parameters: Decodable {
                let prompts: [String: [String: String]]
                struct Thoughts: Decodable {
                    let mode: String
                    let rounds: Int
                }
                let thoughts: Thoughts
            }
            let parameters: Parameters
        }
        let text = try #require(temporary.read("studies/sweep/trials/0/config.json"))
        #expect(try JSONDecoder().decode(File.self, from: Data(text.utf8)).parameters.prompts["tuner"]?["type"] != nil)
        #expect(try await autolora.run("trials", "sweep").output.contains("prompts.tuner.type=mipro thoughts.mode=bigram"))
    }

    @Test func `early termination that never had a rung to act at is said at the end`() async throws {
        _ = try temporary.write(Self.script, to: "train.sh")
        _ = try temporary.write(
            """
            method: bayes
            metric: {name: eval_loss, goal: minimize}
            run_cap: 2
            early_terminate: {type: hyperband, min_iter: 100, eta: 3}
            parameters: {lr: {min: 0.0, max: 1.0}}
            command: ["${env}", sh, train.sh, "${args}"]
            """, to: "sweep.yaml")
        let run = try await autolora.run("run", "sweep.yaml")
        #expect(run.code == 0)
        #expect(
            run.errors.contains(
                "early_terminate never acted: it compares trials at report 100 first, and none made more than 3 (reports are counted, not "
                    + "steps); to end trials early, set min_iter to at most 2"), "\(run.errors)")
    }

    /// A trial that shared its slot with another would not get it.
    @Test func `trials that run at the same time have slots of their own, which are used again`() async throws {
        _ = try temporary.write(
            #"""
            mkdir "slot-$1" || exit 9
            [ "$1" = "$AUTOLORA_WORKER" ] && [ "$2" = "$AUTOLORA_TRIAL_DIR/out" ] || exit 8
            mkdir "$2"; echo $1 >> slots
            sleep 0.1; echo '{"loss": 1}'; rmdir "slot-$1"
            """#, to: "train.sh")
        _ = try temporary.write(
            """
            metric: {name: loss, goal: minimize}
            method: random
            run_cap: 9
            workers: 3
            trainer: {type: command, command: [sh, train.sh, "${worker}", "${trial_dir}/out", "${args}"]}
            parameters: {lr: {min: 0.0, max: 1.0}}
            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        let slots = temporary.read("slots")?.split(separator: "\n").map(String.init) ?? []
        #expect(slots.count == 9)
        #expect(Set(slots).isSubset(of: ["0", "1", "2"]))
        let trials = try await autolora.run("trials", "space", "--csv").output
        #expect(!trials.contains("failed"), "\(trials)")
    }

    /// 1.0 is not 1 for a program that counts, and JSON has no infinity: both have to come back from the store as they were.
    @Test func `a trial that goes on in a resumed study is given the very same words`() async throws {
        _ = try temporary.write(
            CommandTrainerTests.trainer.replacing("x=${1#--x=}", with: "x=5; echo \"$*\" >> \"$AUTOLORA_TRIAL_DIR/words\""),
            to: "train.sh")
        _ = try temporary.write(
            """
            metric: {name: score, goal: maximize}
            method: random
            run_cap: 9
            early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}
            trainer: {type: command, command: [sh, train.sh, "${args}", "${args_json}"]}
            parameters:
              whole: {values: [1.0, 2.0, 3]}
              clip: {values: [.inf, -.inf, 0.5]}
              lists: {values: [[1.0, .inf], [2, "Infinity"]]}
            """, to: "space.yaml")
        // Interrupted before the first report: that trial is launched again, and others are promoted.
        _ = try await autolora.run("run", "space.yaml", "--time", "5s", environment: ["DELAY": "600"])
        let resume = try await autolora.run("resume", "space")
        #expect(resume.code == 0, "\(resume.errors)")
        let words = (0..<9).map { number in
            temporary.read("studies/space/trials/\(number)/words")?.split(separator: "\n").map(String.init) ?? []
        }
        #expect(words[0].count > 1, "the first run's trial did not go on in the second")
        #expect(words.allSatisfy { Set($0).count == 1 }, "\(words)")
        #expect(words.joined().contains { $0.contains("--whole=1.0") || $0.contains("--whole=2.0") })
        #expect(words.joined().contains { $0.contains("inf") })
        #expect(try await autolora.run("verify", "space").code == 0)
    }

    @Test func `the built-in trainer tries each configuration of a finite space once`() async throws {
        try temporary.addTinyModel()
        let space = """
            metric: {name: eval_loss, goal: minimize}
            method: tpe
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_steps: 2, batch_size: 8, max_length: 12}
            parameters: {r: {values: [2, 4]}}

            """
        _ = try temporary.write(space, to: "open.yaml")
        _ = try temporary.write(space + "run_cap: 6\n", to: "capped.yaml")
        let warning = "the space has only 2 configurations, fewer than run_cap 6: the study ends once all have been tried"
        #expect(try await autolora.run("check", "capped.yaml").errors.contains(warning))
        for name in ["open", "capped"] {
            let run = try await autolora.run("run", "\(name).yaml", "--workers", "2")
            #expect(run.code == 0, "\(run.errors)")
            #expect(run.errors.contains(warning) == (name == "capped"))
            let trials = try #require(try await autolora.run("trials", name, "--json").json() as? [[String: Any]])
            #expect(Set(trials.compactMap { ($0["parameters"] as? [String: Int])?["r"] }) == [2, 4])
            #expect(trials.count == 2)
        }
    }
}
