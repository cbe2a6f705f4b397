import Schedulers
import SearchSpaces
import Testing

struct ResourcePlanTests {
    private let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    private func table(_ plan: ResourcePlan?) -> [[Int]] { plan?.rungs.map { [$0.reports, $0.trials] } ?? [] }

    @Test func `Successive halving is told exactly`() throws {
        let plan = try #require(ResourcePlan(.successiveHalving(rungs), runCap: 27, reports: nil))
        #expect(table(plan) == [[1, 27], [3, 9], [9, 3]])
        #expect(plan.isExact)
        #expect(plan.totalReports == 27 + 9 * 2 + 3 * 6)
        #expect(plan.total { $0 * 88 } == 88 * 63)
        // Eight of a bracket's nine, before the last one comes.
        #expect(plan.mostWaiting == 8)
    }

    /// The sums of the paper's table over its brackets.
    @Test func `Hyperband is told exactly`() throws {
        let ladder = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 81)
        let plan = try #require(ResourcePlan(.hyperband(ladder), runCap: 143, reports: nil))
        #expect(table(plan) == [[1, 143], [3, 27 + 62], [9, 9 + 11 + 28], [27, 3 + 3 + 5 + 13], [81, 1 + 1 + 1 + 2 + 5]])
    }

    @Test func `Asha is told about, at least what its rungs' sizes promise`() throws {
        let plan = try #require(ResourcePlan(.asha(rungs), runCap: 40, reports: nil))
        #expect(!plan.isExact)
        #expect(plan.rungs[0].trials == 40)
        #expect((13...20).contains(plan.rungs[1].trials))
        #expect((4...10).contains(plan.rungs[2].trials))
        // Not even a third of all can be in the best third of the first rung and wait.
        #expect((1...13).contains(plan.mostWaiting))
    }

    @Test func `A program that ends before the maximum ends the plan too`() throws {
        let plan = try #require(ResourcePlan(.successiveHalving(rungs), runCap: 27, reports: 5))
        #expect(table(plan) == [[1, 27], [3, 9], [5, 3]])
    }

    @Test func `Without early termination every trial costs all`() throws {
        let plan = try #require(ResourcePlan(.none, runCap: 12, reports: 9))
        #expect(table(plan) == [[9, 12]])
        #expect(plan.totalReports == 108)
        #expect(plan.mostWaiting == 0)
    }

    @Test func `What goes by the values, or has no end, cannot be told`() {
        #expect(ResourcePlan(.median(warmUp: 0, startUpTrials: 5), runCap: 10, reports: 9) == nil)
        #expect(ResourcePlan(.none, runCap: 10, reports: nil) == nil)
        #expect(ResourcePlan(.hyperband(.init(eta: 3, minimum: 3, maximum: nil)), runCap: 10, reports: nil) == nil)
        #expect(ResourcePlan(.hyperband(.init(eta: 3, minimum: 3, maximum: nil)), runCap: 10, reports: 12) != nil)
    }

    @Test(.timeLimit(.minutes(5))) func `Ten thousand trials are told about at once`() throws {
        let plan = try #require(ResourcePlan(.successiveHalving(rungs), runCap: 10_000, reports: nil))
        #expect(plan.rungs[0].trials == 10_000)
        #expect((3_300...3_340).contains(plan.rungs[1].trials))
        #expect(!plan.isExact)
    }
}
