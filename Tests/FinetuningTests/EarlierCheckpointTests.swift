import FoundationEssentials
import Tasks
import Testing

@testable import Finetuning

/// A checkpoint as version 0.1 wrote it: its reports have a field for each metric. Fixtures/earlier was written after the first of
/// three reports of the tiny model's settings, with the kernels avx2.
@Suite struct EarlierCheckpointTests {
    @Test func `training goes on from it as that version did`() throws {
        let model = try TinyModel()
        let checkpoint = model.output + "/checkpoint"
        try FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: TinyModel.here + "/Fixtures/earlier/state.safetensors", toPath: checkpoint + "/state.safetensors")
        let job = try TrainingJob(
            settings: model.settings(), outputFolder: model.output, resumeFrom: checkpoint, reportsOnRecord: 0)
        var reports: [TrainingReport] = []
        #expect(try TrainingRun(job).run(report: { reports.append($0) }) == .finished)
        #expect(reports.map(\.step) == [4, 8, 12])
        #expect(
            reports[0].metrics == [
                MetricValue("eval_loss", 1.0702300644509735), MetricValue("eval_accuracy", 0.3333333333333333),
                MetricValue("eval_f1", 0.16666666666666666),
            ])
        // Other kernels give other last digits.
        let later = [
            [1.0350269550412892, 0.4666666666666667, 0.21212121212121213],
            [1.031236616839688, 0.4666666666666667, 0.21212121212121213],
        ]
        for (report, figures) in zip(reports.dropFirst(), later) {
            #expect(zip(report.metrics, figures).allSatisfy { abs($0.value - $1) < 1e-4 }, "\(report.metrics)")
        }
    }
}
