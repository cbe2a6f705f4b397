import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

@Suite struct ConstraintTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    init() throws {
        recorded = try RecordedStudy("tight", constraints: ["eval_loss": Limits(max: 0.5)])
    }

    private func add(_ number: Int, _ value: Double, loss: Double?) throws {
        try recorded.add(number, value: value, loss.map { ["eval_loss": $0] } ?? [:])
    }

    @Test func `The best keeps the constraints, and the others are shown as such`() throws {
        try add(0, 0.9, loss: 0.6)
        try add(1, 0.8, loss: 0.4)
        #expect(try BestTrial(store).trial.id == Trial.ID(1))
        let table = try TrialTable(store)
        guard case .array(let rows) = table.json else {
            Issue.record("no array")
            return
        }
        let feasible = rows.map { row -> SettingValue? in if case .object(let row) = row { row["feasible"] } else { nil } }
        #expect(feasible == [.bool(false), .bool(true)])
        let lines = table.csv.split(separator: "\n")
        #expect(lines[0] == "number,state,value,reports,seconds,launches,feasible,r,error,log")
        #expect(lines[1].contains(",false,8,"))
        #expect(try StudyStatus(store, now: 200).best?.trial.id == Trial.ID(1))
    }

    @Test func `Where none keeps them the nearest is named, with what it breaks`() throws {
        try add(0, 0.9, loss: 0.9)
        try add(1, 0.8, loss: 0.6)
        try add(2, 0.95, loss: nil)
        #expect {
            try BestTrial(store)
        } throws: { error in
            "\(error)"
                == "study 'tight': no trial keeps the constraints; trial 1 comes nearest: eval_loss 0.6, wanted at most 0.5"
        }
        // Asked for by its number, it is there all the same.
        #expect(try BestTrial(store, trial: 2).report.value == 0.95)
    }

    @Test func `A figure that nobody reports is named`() throws {
        try add(0, 0.9, loss: nil)
        let text = try InfeasibleStudy(store.history())?.text
        #expect(text?.hasSuffix("trial 0 comes nearest: eval_loss is not among its figures") == true)
        #expect(InfeasibleStudy(History(goal: .maximize)) == nil)
    }
}
