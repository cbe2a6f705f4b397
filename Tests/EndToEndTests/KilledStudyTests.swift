import Foundation
import TestSupport
import Testing

/// A study whose controller is killed with -9 again and again is the undisturbed one.
@Suite(.timeLimit(.minutes(5))) struct KilledStudyTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Kills the controller once from each of some trials: before its first report, after it, or after its checkpoint.
    private static let trainer = #"""
        die() {
          [ -n "$DEADLY" ] && mkdir "died-$AUTOLORA_TRIAL" 2>/dev/null || return 0
          while [ ! -s controller ]; do sleep 0.01; done
          kill -9 "$(cat controller)"; sleep 10
        }
        i=0
        [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
        base=$(printf '%s\n' "$@" | awk -F= '{v[$1] = $2} END {
          l = log(v["--rate"]) / log(10) + 3; n = ("--n" in v) ? v["--n"] : 9; printf "%d", 1000 * l * l + 20 * (n - 4) * (n - 4)}')
        while [ $i -lt 9 ]; do
          i=$((i + 1))
          [ "$AUTOLORA_TRIAL" = 10 ] && die
          echo "{\"step\": $i, \"loss\": $((base + 900 / i))}"
          [ "$AUTOLORA_TRIAL" = 20 ] && die
          [ -d "$AUTOLORA_TRIAL_DIR/checkpoint" ] || mkdir "$AUTOLORA_TRIAL_DIR/checkpoint"
          echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
          [ "$AUTOLORA_TRIAL" = 30 ] && die
          [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
        done
        exit 0
        """#

    private static func space(_ method: String, _ extra: String) -> String {
        """
        name: lab
        metric: {name: loss, goal: minimize}
        method: \(method)
        run_cap: 34
        seed: 5
        \(extra)
        trainer: {type: command, command: [sh, train.sh, "${args}"]}
        parameters:
          rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}
          kind: {values: [a, b]}
          n: {min: 1, max: 20, when: {kind: a}}

        """
    }

    @Test(arguments: [
        ("tpe", "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}"), ("gp", ""),
    ])
    func `killed at every tenth trial and resumed, a study is the undisturbed one`(method: String, extra: String) async throws {
        _ = try temporary.write(Self.trainer, to: "train.sh")
        _ = try temporary.write(Self.space(method, extra), to: "space.yaml")
        #expect(try await autolora.run("run", "space.yaml", "--study", "whole", "--quiet").code == 0)
        var deaths = 0
        var arguments = ["run", "space.yaml", "--study", "killed", "--quiet"]
        while deaths <= 3 {
            try? FileManager.default.removeItem(atPath: temporary.path + "/controller")
            let process = try autolora.start(arguments, environment: ["DEADLY": "1"])
            _ = try temporary.write("\(process.processIdentifier)", to: "controller")
            let result = try await autolora.wait(for: process)
            guard process.wasSignaled else {
                #expect(result.code == 0, "\(result.errors)")
                break
            }
            deaths += 1
            arguments = ["resume", "killed", "--quiet"]
        }
        #expect(deaths == 3)
        let (whole, killed) = (try await trials("whole"), try await trials("killed"))
        #expect(whole.count == 34)
        #expect(killed == whole)
    }

    /// What has to be the same of each trial: all but times and launches.
    private func trials(_ study: String) async throws -> [NSDictionary] {
        let rows = try #require(try await autolora.run("trials", study, "--json").json() as? [[String: Any]])
        return try rows.map { row in
            var row = row.filter { ["number", "state", "parameters", "value", "error"].contains($0.key) } as [String: Any]
            let reports = try #require(rows[row["number"] as? Int ?? 0]["reports"] as? [[String: Any]])
            row["reports"] = reports.map { [$0["iter"], $0["step"], $0["value"]] as [Any?] }.map { "\($0)" }
            return row as NSDictionary
        }
    }
}
