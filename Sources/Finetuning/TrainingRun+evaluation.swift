import FoundationEssentials
import Methods
import Tasks
import TrainerSettings

extension TrainingRun {
    /// Saves the adapter if it is the best so far, reports, then checkpoints: whatever was reported can be had again.
    func conclude(_ metrics: [MetricValue], report send: (TrainingReport) throws -> Void) throws {
        var report = report(metrics, loss: state.lossSum / Double(state.lossCount))
        if state.step < totalSteps, endsEarly(after: state.reports + [report]) { report.stoppedEarly = true }
        if let value = report.value(of: job.metric.name), job.metric.improves(value, over: state.bestValue) {
            try model.saveAdapter(
                to: job.adapterFolder, baseModel: settings.model, notes: TrainingNotes(settings, numerics))
            try saveConfusion()
            state.bestValue = value
        }
        try send(report)
        state.evaluatedStep = state.step
        state.reports.append(report)
        state.lossSum = 0
        state.lossCount = 0
        try saveCheckpoint()
    }

    /// Beside the adapter, of whose report it is: what a trial's page shows of it.
    private func saveConfusion() throws {
        guard let confusion else { return }
        let text = JSONWriter.text(confusion.json(step: state.step), .page)
        try AtomicFile.write([Data(text.utf8)], to: job.confusionFile, durable: false)
    }

    /// Whether it makes no further step though there are some.
    func endsEarly(after reports: [TrainingReport]) -> Bool {
        let name = job.metric.name
        return EarlyStopping(settings, goal: job.metric)?.isOver(reports.lazy.compactMap { $0.value(of: name) }) ?? false
    }

    /// nil when it was interrupted.
    func evaluate(isInterrupted: () -> Bool) throws -> [MetricValue]? {
        let metrics = try model.evaluate(
            data.validation, of: data.task, batchSize: settings.evalBatchSize ?? settings.batchSize, prefix: validationPrefix,
            isInterrupted: isInterrupted, gathered: { confusion = $0.confusion })
        guard let metrics, let written else { return metrics }
        return try model.scored(written, isInterrupted: isInterrupted).map { metrics + $0 }
    }

    /// - Parameter metrics: nil for a trial that has diverged: all of them are NaN.
    func report(_ metrics: [MetricValue]?, loss: Double) -> TrainingReport {
        let size = model.size
        return TrainingReport(
            step: state.step, epoch: Double(state.step) / Double(order.stepsPerEpoch), loss: loss,
            learningRate: learningRate(step: state.step - 1),
            metrics: metrics ?? data.task.evaluation().values
                + (settings.generationRows > 0 ? WrittenTexts().values : []),
            tokensPerSecond: throughput.tokensPerSecond, samplesPerSecond: throughput.samplesPerSecond,
            trainableParameters: size.trainableParameters, adapterBytes: size.bytes, peakMemoryBytes: peakMemoryBytes(),
            trainSeconds: state.trainSeconds, numerics: numerics)
    }

    /// Whether the best adapter so far is in the output folder; brings it there from beside the checkpoint if it can.
    func bestAdapterIsThere(besides checkpointFolder: String) -> Bool {
        let (files, other) = (FileManager.default, checkpointFolder + "/../adapter")
        let kind: AdapterFolder.Kind = model.method.savesModel ? .model : .adapter
        func isThere(_ folder: String) -> Bool { files.fileExists(atPath: AdapterFolder(folder, kind: kind).tensorFile) }
        if isThere(job.adapterFolder) { return true }
        guard isThere(other) else { return false }
        do {
            try files.createDirectory(atPath: job.outputFolder, withIntermediateDirectories: true)
            let draft = Unfinished.draft(for: job.adapterFolder)
            defer { Unfinished.remove(draft) }
            try files.copyItem(atPath: other, toPath: draft)
            try files.moveItem(atPath: draft, toPath: job.adapterFolder)
        } catch { return false }
        return true
    }
}

/// Work done in training steps since the launch.
struct Throughput: Sendable, Hashable {
    private var tokens = 0
    private var samples = 0
    private var seconds = 0.0

    mutating func add(tokens: Int, samples: Int, seconds: Double) {
        self.tokens += tokens
        self.samples += samples
        self.seconds += seconds
    }

    var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }
    var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}
