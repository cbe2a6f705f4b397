import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct LengthGroupedTests {
    private struct Golden: Decodable {
        let lengths: [Int]
        let batch: Int
        let order: [Int]
        let grouped: [Int]
    }

    private func settings(batchSize: Int, accumulation: Int = 1, groups: Bool = true) -> TrainerSettings {
        var settings = TrainerSettings()
        (settings.batchSize, settings.accumulationSteps, settings.groupsByLength) = (batchSize, accumulation, groups)
        return settings
    }

    /// transformers' get_length_grouped_indices of the same shuffled order (Benchmarks/fixtures/make_loop_fixtures.py).
    @Test func `of one shuffled order, texts are put together as transformers does`() throws {
        let all = try JSONInput.read([Golden].self, file: TinyModel.here + "/Fixtures/loop/orders.json")
        for golden in all {
            let order = BatchOrder(
                settings(batchSize: golden.batch), exampleCount: golden.order.count, seed: 1, lengths: golden.lengths)
            #expect(order.grouped(golden.order, by: golden.lengths) == golden.grouped, "\(golden.order.count) texts")
        }
        #expect(all.map(\.order.count) == [1, 7, 40, 90, 500])
    }

    @Test func `each epoch has every text once, in an order of its own, and batches are of like length`() {
        let lengths = (0..<400).map { 1 + $0 * 37 % 61 }
        func spread(_ order: inout BatchOrder) -> Int {
            (0..<50).reduce(0) { sum, step in
                let batch = order.indices(step: step).map { lengths[$0] }
                return sum + (batch.max() ?? 0) - (batch.min() ?? 0)
            }
        }
        var grouped = BatchOrder(settings(batchSize: 8), exampleCount: 400, seed: 5, lengths: lengths)
        var plain = BatchOrder(settings(batchSize: 8, groups: false), exampleCount: 400, seed: 5, lengths: lengths)
        let epochs = (0..<2).map { epoch in (0..<50).flatMap { grouped.indices(step: 50 * epoch + $0) } }
        #expect(epochs.allSatisfy { $0.sorted() == Array(0..<400) } && epochs[0] != epochs[1])
        #expect(spread(&grouped) * 3 < spread(&plain))
        #expect(lengths[epochs[0][0]] == lengths.max())
    }

    @Test func `accumulated batches are grouped as one, and lengths change nothing where they do not count`() {
        let lengths = (0..<96).map { 1 + $0 * 13 % 29 }
        var two = BatchOrder(settings(batchSize: 4, accumulation: 2), exampleCount: 96, seed: 5, lengths: lengths)
        var one = BatchOrder(settings(batchSize: 8), exampleCount: 96, seed: 5, lengths: lengths)
        #expect((0..<12).allSatisfy { two.indices(step: $0) == one.indices(step: $0) })
        var without = BatchOrder(settings(batchSize: 8, groups: false), exampleCount: 96, seed: 5)
        var with = BatchOrder(settings(batchSize: 8, groups: false), exampleCount: 96, seed: 5, lengths: lengths)
        #expect((0..<12).allSatisfy { without.indices(step: $0) == with.indices(step: $0) })
    }

    @Test(arguments: [false, true]) func `a trial trains in such an order, and goes on in it`(isStopped: Bool) throws {
        let model = try TinyModel()
        let settings = try model.settings(["group_by_length": .bool(true), "drop_last": .bool(false)])
        var figures: [Figures] = []
        let trainer = try model.trainer(settings, stopAfter: isStopped ? 1 : nil)
        let lengths = trainer.data.training.lengths
        let first = trainer.order.indices(step: 0).map { lengths[$0] }
        #expect(first.max() == lengths.max())
        _ = try trainer.run(report: { figures.append(Figures($0)) })
        if isStopped { _ = try model.trainer(settings, resume: true).run(report: { figures.append(Figures($0)) }) }
        var plain: [Figures] = []
        let other = try model.settings(["drop_last": .bool(false)])
        _ = try model.trainer(other, output: model.folder.path + "/plain").run(report: { plain.append(Figures($0)) })
        #expect(figures.map(\.step) == [4, 8, 12] && figures != plain)
    }
}
