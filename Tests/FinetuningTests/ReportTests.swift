import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct ReportTests {
    private let report = TrainingReport(
        step: 100, epoch: 0.5, loss: 0.25, learningRate: 5e-5,
        metrics: [
            MetricValue("eval_loss", 0.5), MetricValue("eval_accuracy", 0.75, standardError: 0.0125),
            MetricValue("eval_f1", 0.7),
        ],
        tokensPerSecond: 1234.56, samplesPerSecond: 45.678, trainableParameters: 74498, adapterBytes: 301_234,
        peakMemoryBytes: 1 << 28,
        trainSeconds: 1.23456,
        numerics: Numerics(precision: "bf16", kernels: "avx512-bf16", threads: 2))

    @Test func `a report is one JSON line with its keys in order`() throws {
        #expect(
            report.line == """
                {"step": 100, "epoch": 0.5, "loss": 0.25, "learning_rate": 5e-05, "eval_loss": 0.5, "eval_accuracy": 0.75, \
                "eval_accuracy_se": 0.0125, "eval_f1": 0.7, "tokens_per_second": 1235.0, "samples_per_second": 45.68, "trainable_parameters": 74498, "adapter_bytes": 301234, \
                "peak_memory_bytes": 268435456, "train_seconds": 1.235, \
                "precision": "bf16", "kernels": "avx512-bf16", "threads": 2}
                """)
        #expect(try JSONDecoder().decode([String: SettingValue].self, from: Data(report.line.utf8)).count == 17)
    }

    @Test func `the log's first line tells what was forced`() {
        let line = report.numerics.line(environment: [:])
        #expect(line.hasPrefix("bf16, kernels avx512-bf16") && line.hasSuffix(", 2 threads"))
        let unknown = report.numerics.line(environment: ["AUTOLORA_KERNELS": "avx-2"])
        #expect(unknown.hasSuffix("2 threads (AUTOLORA_KERNELS=avx-2 names none that this processor has)"))
    }

    @Test func `other numerics than a checkpoint's are told`() {
        #expect(report.numerics.difference(from: report.numerics) == nil)
        let other = Numerics(precision: "fp32", kernels: "avx2", threads: 2)
        #expect(
            report.numerics.difference(from: other) == """
                goes on with bf16, kernels avx512-bf16, 2 threads; the checkpoint was made with fp32, kernels avx2, 2 threads: \
                results may differ by bf16's rounding
                """)
        let fewer = Numerics(precision: "bf16", kernels: "avx512-bf16", threads: 1)
        #expect(
            report.numerics.difference(from: fewer)?.hasSuffix("avx512-bf16, 1 thread: results may differ in the last digits")
                == true)
    }

    @Test func `what is no number is written as Python writes it`() {
        var report = report
        (report.loss, report.learningRate) = (.nan, -.infinity)
        report.metrics = [MetricValue("eval_loss", .infinity), MetricValue("eval_accuracy", 1)]
        let line = #""loss": NaN, "learning_rate": -Infinity, "eval_loss": Infinity, "eval_accuracy": 1.0, "#
        #expect(report.line.contains(line))
    }

    @Test func `every metric has a value in a report`() {
        for name in ["eval_loss", "eval_accuracy", "eval_f1", "loss"] {
            #expect(report.line.contains("\"\(name)\": \(report.value(of: name) ?? -1)"))
        }
        #expect(report.value(of: "step") == nil && report.value(of: "eval_accuracy_se") == nil)
    }

    @Test func `better follows the goal, and NaN never wins`() {
        let highest = MetricGoal(name: "eval_accuracy", greaterIsBetter: true)
        let lowest = MetricGoal(name: "eval_loss", greaterIsBetter: false)
        #expect(highest.improves(0.1, over: nil) && highest.improves(0.2, over: 0.1))
        #expect(!highest.improves(0.1, over: 0.1) && !highest.improves(0.05, over: 0.1))
        #expect(lowest.improves(0.05, over: 0.1) && !lowest.improves(0.2, over: 0.1))
        #expect(!highest.improves(.nan, over: nil) && !lowest.improves(.nan, over: 1))
    }

    @Test func `the goal without a study is the settings'`() {
        var settings = TrainerSettings()
        #expect(MetricGoal(settings) == MetricGoal(name: "eval_accuracy", greaterIsBetter: true))
        settings.metricForBestModel = "eval_loss"
        settings.greaterIsBetter = false
        #expect(MetricGoal(settings) == MetricGoal(name: "eval_loss", greaterIsBetter: false))
    }

    @Test func `memory is what the process really had`() {
        #expect((1 << 22...1 << 36).contains(peakMemoryBytes()))
    }
}
