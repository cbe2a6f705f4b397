package import Layers
import Tensors

/// Where the trained classification head lies in the parameters: weight [classes, hidden], bias [classes].
package struct HeadSlot: Sendable, Hashable {
    package var classes: Int
    package var weightOffset: Int
    package var biasOffset: Int

    package init(classes: Int, weightOffset: Int, biasOffset: Int) {
        self.classes = classes
        self.weightOffset = weightOffset
        self.biasOffset = biasOffset
    }
}

/// BERT with a pooled classification head, as BertForSequenceClassification computes it, all dropout but the adapters' off.
package final class BertClassifier {
    package let model: Bert
    package let head: HeadSlot
    /// weight^T [hidden, classes]
    private let packedHead: PackedMatrix

    package init(_ model: Bert, head: HeadSlot) {
        self.model = model
        self.head = head
        packedHead = PackedMatrix(depth: model.configuration.hiddenSize, columns: head.classes, for: model.kernels)
    }

    /// Takes over the parameters as they are now; once before the passes that follow a change.
    package func pack(_ pass: Pass) {
        model.pack(pass)
        let hidden = model.configuration.hiddenSize
        pass.kernels.pack(pass.parameters + head.weightOffset, depthStride: 1, columnStride: hidden, into: packedHead)
    }

    /// Checks what the computation relies on: sequences that are neither empty nor too long, tokens of the vocabulary.
    package func check(_ batch: PackedBatch) throws(BatchError) {
        let c = model.configuration
        guard batch.sequenceCount > 0, batch.offsets[0] == 0, Int(batch.offsets[batch.sequenceCount]) == batch.tokenCount else {
            throw BatchError(problem: "an empty batch, or offsets that do not cover its tokens")
        }
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst())
        where !(1...c.positionCount).contains(Int(end) - Int(start)) {
            throw BatchError(problem: "a sequence of \(Int(end) - Int(start)) tokens; the model takes 1 to \(c.positionCount)")
        }
        if let token = batch.tokens.first(where: { !(0..<c.vocabularySize).contains(Int($0)) }) {
            throw BatchError(problem: "token \(token) is not in the model's vocabulary of \(c.vocabularySize)")
        }
    }

    /// Logits [sequences, classes] of the shard, valid until the workspace is used again.
    package func logits(_ shard: Shard, _ workspace: Workspace, pass: Pass) -> UnsafeBufferPointer<Float> {
        let buffers = prepared(workspace, for: shard)
        forward(shard, workspace, buffers, pass: pass)
        return UnsafeBufferPointer(start: buffers.head.logits, count: shard.sequences.count * head.classes)
    }

    /// What enters the layer at ``Bert/prefixDepth`` for the shard, [tokens, hidden], valid until the workspace is used again.
    package func prefix(_ shard: Shard, _ workspace: Workspace, pass: Pass) -> UnsafeBufferPointer<Float> {
        let buffers = prepared(workspace, for: shard)
        let states = model.encodePrefix(shard, workspace, moment: buffers.moment, scratch: buffers.scratch, pass: pass)
        return UnsafeBufferPointer(start: states, count: shard.tokenCount * model.configuration.hiddenSize)
    }

    /// Forward and backward of the shard: its gradients are overwritten, and the sum of its losses is returned.
    ///
    /// - Parameter weight: what a sequence's loss counts; 1 / all sequences for the mean.
    package func step(
        _ shard: Shard, targets: UnsafePointer<Int32>, weight: Float, _ workspace: Workspace, pass: Pass
    ) -> Double {
        let buffers = prepared(workspace, for: shard)
        forward(shard, workspace, buffers, pass: pass)
        let h = buffers.head
        let loss = pass.kernels.crossEntropy(
            h.logits, targets: targets + shard.sequences.lowerBound, rows: shard.sequences.count, classes: head.classes,
            scale: weight, gradient: h.logitGradient)
        backward(shard, workspace, buffers, pass: pass)
        return loss
    }

    private typealias Buffers = (head: HeadBuffers, moment: MomentaryBuffers, scratch: Scratch)

    private func prepared(_ workspace: Workspace, for shard: Shard) -> Buffers {
        workspace.fit(shard.capacity, model: model, classes: head.classes)
        guard let h = workspace.head, let moment = workspace.moment, let scratch = workspace.scratch else {
            preconditionFailure("a workspace that was just made to fit")
        }
        return (h, moment, scratch)
    }

    private func forward(_ shard: Shard, _ workspace: Workspace, _ buffers: Buffers, pass: Pass) {
        let hidden = model.configuration.hiddenSize
        let (h, rows) = (buffers.head, shard.sequenceRows)
        model.encode(shard, workspace, head: h, moment: buffers.moment, scratch: buffers.scratch, pass: pass)
        model.pooler.forward(
            h.output, rows: rows, into: [h.pooled], stride: hidden, low: h.low, scratch: buffers.scratch, pass: pass)
        pass.kernels.tanh(h.pooled, into: h.pooled, count: rows.count * hidden)
        pass.kernels.multiply(
            [MatrixProduct(h.pooled, rowStride: hidden, depth: hidden, packed: packedHead)], rows: rows.count,
            columns: head.classes, into: h.logits, stride: head.classes, bias: pass.parameters + head.biasOffset)
    }

    private func backward(_ shard: Shard, _ workspace: Workspace, _ buffers: Buffers, pass: Pass) {
        guard let gradients = pass.gradients else { return }
        let hidden = model.configuration.hiddenSize
        let (h, rows, classes) = (buffers.head, shard.sequenceRows, head.classes)
        let weight = MatrixProduct(
            h.logitGradient, rowStride: 1, depthStride: classes, depth: rows.count, plain: h.pooled, bStride: hidden)
        pass.kernels.multiply([weight], rows: classes, columns: hidden, into: gradients + head.weightOffset, stride: hidden)
        for j in 0..<classes {
            gradients[head.biasOffset + j] = (0..<rows.count).reduce(0) { $0 + h.logitGradient[$1 * classes + j] }
        }
        guard model.firstTrainedDepth < model.configuration.headDepth else { return }
        let pooled = MatrixProduct(
            h.logitGradient, rowStride: classes, depth: classes, plain: pass.parameters + head.weightOffset, bStride: hidden)
        pass.kernels.multiply([pooled], rows: rows.count, columns: hidden, into: h.firstGradient, stride: hidden)
        pass.kernels.tanhBackward(h.pooled, dy: h.firstGradient, into: h.firstGradient, count: rows.count * hidden)
        let passesGradient = model.firstTrainedDepth < model.configuration.headDepth - 1
        model.pooler.backward(
            h.output, dy: [h.firstGradient], stride: hidden, rows: rows, low: h.low, dx: passesGradient ? h.gradient : nil,
            accumulate: false, scratch: buffers.scratch, pass: pass)
        if passesGradient {
            model.backward(shard, workspace, head: h, moment: buffers.moment, scratch: buffers.scratch, pass: pass)
        }
    }
}

/// A batch that the model cannot take.
package struct BatchError: Error, Sendable, Hashable, CustomStringConvertible {
    package let problem: String

    package init(problem: String) { self.problem = problem }

    package var description: String { problem }
}
