import Imports
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@Suite struct CSVTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func read(
        _ text: String, metric: String? = "loss", parameters: Set<String>? = nil, name: String = "runs.csv"
    ) throws -> ForeignStudy {
        let path = try temporary.write(text, to: name)
        return try ForeignFormats.read(path, ImportRequest(metric: metric, parameters: parameters))
    }

    private func problem(_ text: String, metric: String? = "loss") -> String? {
        do {
            _ = try read(text, metric: metric)
            return nil
        } catch { return "\(error)".replacing(temporary.path + "/", with: "") }
    }

    @Test func `a row is a trial, its cells values of the kinds that they look like`() throws {
        let study = try read(
            "lr,r,mods,flag,kind,none,loss\n1e-4,8,\"[\"\"q\"\", \"\"v\"\"]\",True,adam,None,0.5\n0.001,16,\"['q']\",false,\"a,b\",,0.25\n"
        )
        #expect(study.trials.map { $0.reports } == [[.init(value: 0.5)], [.init(value: 0.25)]])
        #expect(
            study.trials[0].values == [
                "lr": .double(1e-4), "r": .int(8), "mods": .array([.string("q"), .string("v")]), "flag": .bool(true),
                "kind": .string("adam"), "none": .null,
            ])
        #expect(
            study.trials[1].values == [
                "lr": .double(0.001), "r": .int(16), "mods": .array([.string("q")]), "flag": .bool(false),
                "kind": .string("a,b"),
            ])
    }

    @Test func `a table of Optuna's, W&B's or another's: its own columns are no parameters`() throws {
        let optuna = try read(
            "number,value,datetime_start,params_lr,params_r,user_attrs_x,state\n0,0.5,2026,0.1,8,1,COMPLETE\n1,,2026,0.2,8,1,FAIL\n2,0.25,2026,0.3,4,1,PRUNED\n3,0.1,2026,0.3,4,1,RUNNING\n",
            metric: "value")
        #expect(optuna.parameters == ["lr", "r"])
        #expect(optuna.trials.map(\.number) == [0, 2] && optuna.trials.map(\.isPruned) == [false, true])
        #expect(optuna.leftOut == 2)
        let wandb = try read(
            "\"Name\",\"State\",\"Runtime\",\"Sweep\",\"lr\",\"val_loss\"\n\"a\",\"finished\",\"12\",\"s\",\"0.1\",\"0.5\"\n\"b\",\"crashed\",\"12\",\"s\",\"0.2\",\"0.5\"\n\"c\",\"killed\",\"1\",\"s\",\"0.2\",\"0.7\"\n",
            metric: "val_loss")
        #expect(wandb.parameters == ["lr"] && wandb.trials.map(\.isPruned) == [false, true])
        let chosen = try read("a,b,other,loss\n1,2,3,4\n", parameters: ["a", "b"])
        #expect(chosen.parameters == ["a", "b"])
    }

    @Test func `rows of one trial with steps are its reports`() throws {
        let study = try read("trial,step,x,loss\n0,10,1,0.9\n1,10,2,0.8\n0,20,1,0.7\n1,20,2,inf\n", metric: "loss")
        #expect(study.trials.map(\.number) == [0, 1])
        #expect(study.trials[0].reports == [.init(step: 10, value: 0.9), .init(step: 20, value: 0.7)])
        #expect(study.trials[1].reports.map(\.value) == [0.8, .infinity])
    }

    @Test func `semicolons, tabs, carriage returns, marks of the byte order and line breaks in quotes are read`() throws {
        #expect(try read("x;loss\r\n1;2\r\n3;4\r\n").trials.map { $0.reports[0].value } == [2, 4])
        #expect(try read("x\tloss\n1\t2\n", name: "t.tsv").trials.count == 1)
        #expect(try read("\u{FEFF}x,loss\n1,2").trials.count == 1)
        #expect(try read("x,loss\n\"a\nb\",2\n\n").trials[0].values == ["x": .string("a\nb")])
    }

    @Test func `what does not fit is refused with its line or the columns that are there`() {
        #expect(problem("x,loss\n1,2\n1,2,3\n") == "runs.csv:3: has 3 values, and the first row names 2 columns")
        #expect(problem("x,loss\n1,\"2\n") == "runs.csv:2: a quote opens here and is never closed")
        #expect(problem("x,los\n1,2\n") == "runs.csv: has no column 'loss' for the metric; it has x, los; did you mean 'los'?")
        #expect(problem("x,loss\n1,2\n", metric: nil) == "runs.csv: say which column is the metric; it has x, loss")
        #expect(problem("") == "runs.csv: is empty; a first row with the columns' names is wanted")
    }
}
