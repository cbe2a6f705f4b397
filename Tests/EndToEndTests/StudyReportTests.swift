import Foundation
import TestSupport
import Testing

/// What a study has found, as others get it: plots, importances, the report, comparisons, a folder of adapters.
@Suite(.timeLimit(.minutes(5))) struct StudyReportTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    /// The score hangs on x, not on y; each trial leaves an adapter and names markup in what it reports.
    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            #"""
            x=0; for word in "$@"; do case $word in --x=*) x=${word#--x=};; esac; done
            mkdir -p "$AUTOLORA_TRIAL_DIR/adapter"
            echo "{\"r\": $x, \"base_model_name_or_path\": \"tiny\"}" > "$AUTOLORA_TRIAL_DIR/adapter/adapter_config.json"
            noise=$(( (AUTOLORA_SEED * 7 + x) % 5 ))
            for i in 1 2 3; do
              echo "{\"step\": $((i * 10)), \"score\": 0.$x$i$noise, \"peak_memory_bytes\": $((x * 1048576)), \"</script><b>\": 1}"
            done
            """#, to: "train.sh")
        _ = try temporary.write(
            #"{"text": "good", "label": "yes"}"# + "\n" + #"{"text": "bad", "label": "no"}"#, to: "train.jsonl")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            workers: 2
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {values: [1, 2, 3, 4, 5, 6, 7, 8]}, y: {values: ["<i>", b]}}

            """, to: "space.yaml")
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: temporary.path + "/" + name) }

    private func run(_ words: String...) async throws -> Autolora.Result {
        let result = try await autolora.wait(for: try autolora.start(words))
        #expect(result.code == 0, "\(words): \(result.errors)")
        return result
    }

    private func object(_ words: String...) async throws -> [String: Any] {
        let result = try await autolora.wait(for: try autolora.start(words))
        #expect(result.code == 0, "\(words): \(result.errors)")
        return try #require(try result.json() as? [String: Any])
    }

    @Test func `a study is drawn, written up, and its trials compared`() async throws {
        _ = try await run("run", "space.yaml", "--quiet")
        let importance = try await object("importance", "lab", "--json")
        let parameters = try #require(importance["parameters"] as? [[String: Any]])
        #expect(parameters.map { $0["name"] as? String } == ["x", "y"] && importance["trials"] as? Int == 16)
        #expect(try await run("importance", "lab").output.contains("how differently the best 2 of 16 trials lie"))

        for kind in ["history", "curves", "parallel", "importances", "slice", "contour", "timeline", "resources"] {
            _ = try await run("plot", "lab", "--kind", kind, "--output", "\(kind).svg")
            let svg = try #require(temporary.read("\(kind).svg"))
            #expect(svg.hasPrefix("<svg ") && svg.contains("</svg>") && !svg.contains("<i>"), "\(kind)")
        }
        let again = try await autolora.run("plot", "lab", "--kind", "history", "--output", "history.svg")
        #expect(again.code == 2 && again.errors.contains("exists already"))
        let curves = try await object("plot", "lab", "--kind", "curves", "--option", "x=step", "--option", "trials=3", "--json")
        let rows = try #require((curves["table"] as? [String: Any])?["rows"] as? [[String]])
        #expect(
            rows.map { Array($0.prefix(3)) } == [["3", "complete", "10"], ["3", "complete", "20"], ["3", "complete", "30"]])
        let unknown = try await autolora.run("plot", "lab", "--kind", "pie", "--output", "pie.svg")
        #expect(unknown.code == 2 && unknown.errors.contains("there are history, curves"))
        let strange = try await autolora.run("plot", "lab", "--kind", "front", "--option", "x=step", "--output", "front.svg")
        #expect(strange.code == 2 && strange.errors.contains("does not take that"))

        _ = try await run("report", "lab", "--output", "out/lab.md")
        let text = try #require(temporary.read("out/lab.md"))
        for part in [
            "# Study lab", "## The winner, and what it is worth", "the best of 16 trials", "## To repeat it",
            "lab-plots/history.svg",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(exists("out/lab-plots/curves.svg") && !text.contains("| <i>"))

        let compared = try await object("compare", "lab", "0", "14", "--json")
        #expect(compared["differing_parameters"] as? [String] == ["x", "y"])
        let noise = try #require(compared["noise"] as? [String: Any])
        #expect(noise["more_than_noise"] is NSNull)
        let words = try await run("compare", "lab/0", "lab")
        #expect(words.output.contains("B is better by") && words.output.contains("`autolora confirm lab` measures it"))
        #expect(try await autolora.run("compare", "lab").code == 64)
        let nowhere = try await autolora.run("compare", "lab", "lab/99")
        #expect(nowhere.code == 2 && nowhere.errors.contains("has no trial 99"))
    }

    @Test func `a page has plotly in it, or the way to it is told`() async throws {
        _ = try await run("run", "space.yaml", "--trials", "3", "--quiet")
        let result = try await autolora.run("report", "lab", "--output", "lab.html")
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: root + "/share/autolora/plotly.min.js") else {
            #expect(result.code == 2 && result.errors.contains("`make setup` fetches it into share/autolora"))
            return
        }
        #expect(result.code == 0, "\(result.errors)")
        let page = try #require(temporary.read("lab.html"))
        #expect(page.contains("plotly.js v") && page.contains("id=\"plot-0\"") && !page.contains("<td><i>"))
        // Nothing is loaded: plotly.js, which has such words in it, aside.
        let own = page.components(separatedBy: "<script>").filter { !$0.contains("plotly.js v") }
        #expect(own.count == 2 && own.allSatisfy { !$0.contains("src=") && !$0.contains("<link") && !$0.contains("http") })
    }

    @Test func `a confirmed study tells what a seed does`() async throws {
        _ = try await run("run", "space.yaml", "--quiet")
        _ = try await run("confirm", "lab", "--top", "2", "--seeds", "3", "--baseline", "0", "--quiet")
        let compared = try await object("compare", "lab", "0", "14", "--json")
        let noise = try #require(compared["noise"] as? [String: Any])
        #expect(try #require(noise["seed_sd"] as? Double) > 0)
        #expect(noise["more_than_noise"] as? Bool == true, "\(noise)")
    }

    @Test func `exported adapters carry a card, and a folder of them is a registry`() async throws {
        _ = try await run("run", "space.yaml", "--quiet")
        _ = try await run("export", "lab", "--format", "peft", "--output", "adapters/best")
        _ = try await run("export", "lab", "--format", "peft", "--trial", "0", "--output", "adapters/old/first")
        _ = try temporary.write(#"{"r": 4}"#, to: "adapters/other/adapter_config.json")
        _ = try temporary.write("---\nautolora: {broken\n---\n", to: "adapters/broken/README.md")
        _ = try temporary.write(#"{"r": 4}"#, to: "adapters/broken/adapter_config.json")
        let readme = try #require(temporary.read("adapters/best/README.md"))
        #expect(readme.hasPrefix("---\n") && readme.contains(#""study":"lab""#) && readme.contains("## What it is worth"))
        let listed = try await autolora.run("list", "--adapters", "adapters", "--json")
        let adapters = try #require(try listed.json() as? [[String: Any]])
        #expect(adapters.map { ($0["path"] as? String)?.split(separator: "/").last } == ["best", "broken", "first", "other"])
        let card = try #require(adapters[0]["card"] as? [String: Any])
        #expect(card["trial"] as? Int == 7 && card["metric"] as? [String: String] == ["name": "score", "goal": "maximize"])
        #expect(adapters[1]["problem"] is String && adapters[3]["card"] is NSNull)
        let lines = try await run("list", "--adapters", "adapters").output
        #expect(lines.contains("damaged: ") && lines.contains("no card"))
        let compared = try await object("compare", "adapters/best", "adapters/old/first", "--json")
        #expect(try #require(compared["difference"] as? Double) < 0)
        let missing = try await autolora.run("list", "--adapters", "nowhere")
        #expect(missing.code == 2 && missing.errors.contains("there is no such folder"))
        // Exported again, the card is not doubled.
        _ = try await run("export", "lab", "--format", "peft", "--output", "adapters/best", "--force")
        #expect(try #require(temporary.read("adapters/best/README.md")).components(separatedBy: "autolora: {").count == 2)
    }
}
