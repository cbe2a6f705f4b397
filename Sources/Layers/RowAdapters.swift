package import Tensors

/// What an adapter adds to the groups of linear layers of a base that others use too.
package protocol LayerAdapter: AnyObject {
    /// By the group's number among all; nil: nothing.
    func delta(at group: Int) -> (any LinearDelta)?
    /// Its own, which its deltas were packed from.
    var parameters: UnsafePointer<Float> { get }
}

/// With which of several adapters each sequence of a pass is computed. One thread's.
package final class RowAdapters {
    struct Run {
        let adapter: any LayerAdapter
        let rows: Range<Int>
    }

    private let adapters: [Int32: any LayerAdapter]
    private var tokens: [Run] = []
    private var sequences: [Run] = []
    private var (tokenCount, sequenceCount) = (0, 0)
    private let memory: AdapterMemory

    /// - Parameters:
    ///   - adapters: by the numbers that batches have (``PackedBatch/adapters``).
    ///   - memory: kept by the thread from pass to pass.
    package init(_ adapters: [Int32: any LayerAdapter], memory: AdapterMemory) {
        (self.adapters, self.memory) = (adapters, memory)
    }

    /// From now on rows are those of this shard. A batch without numbers is the base's alone.
    package func begin(_ shard: Shard) {
        (tokens, sequences) = ([], [])
        (tokenCount, sequenceCount) = (shard.tokenCount, shard.sequences.count)
        guard !shard.batch.adapters.isEmpty else { return }
        var first = 0
        while first < sequenceCount {
            let number = shard.batch.adapters[shard.sequences.lowerBound + first]
            var end = first + 1
            while end < sequenceCount, shard.batch.adapters[shard.sequences.lowerBound + end] == number { end += 1 }
            if let adapter = adapters[number] {
                let last = shard.place(end - 1)
                sequences.append(Run(adapter: adapter, rows: first..<end))
                tokens.append(Run(adapter: adapter, rows: shard.place(first).start..<last.start + last.length))
            }
            first = end
        }
    }

    /// Calls the body for each run of rows of one adapter that adds something at a group.
    func forEach(_ work: LinearWork, at group: SharedDelta, _ body: (any LinearDelta, LinearWork, Int) -> Void) {
        precondition([tokenCount, sequenceCount].contains(work.rows.count), "neither all tokens nor a row for each sequence")
        // Where both have one count, they are the same rows.
        let runs = work.rows.count == tokenCount ? tokens : sequences
        let found = runs.compactMap { run in run.adapter.delta(at: group.number).map { (run, $0) } }
        let kept = found.reduce(0) { $0 + $1.0.rows.count * $1.1.keptWidth }
        memory.fit(kept: kept, scratch: found.map { $0.1.scratchCount(rows: $0.0.rows.count) }.max() ?? 0)
        var place = memory.kept.base
        for (run, delta) in found {
            let pass = Pass(kernels: work.pass.kernels, parameters: run.adapter.parameters)
            let own = LinearWork(
                work.input + run.rows.lowerBound * group.inputs, rows: Rows(count: run.rows.count, first: 0), kept: place,
                scratch: Scratch(narrow: work.scratch.narrow, delta: memory.scratch.base), pass: pass)
            body(delta, own, run.rows.lowerBound)
            place += run.rows.count * delta.keptWidth
        }
    }
}

/// What a thread's adapters keep from a group's beginning to its end, and need for a moment.
package final class AdapterMemory {
    private(set) var kept = FloatStorage(count: 0)
    private(set) var scratch = FloatStorage(count: 0)

    package init() {}

    /// What is kept stays where it is while the same rows are worked on.
    func fit(kept: Int, scratch: Int) {
        if self.kept.count < kept { self.kept = FloatStorage(count: kept) }
        if self.scratch.count < scratch { self.scratch = FloatStorage(count: scratch) }
    }
}

/// On a group of a base that several adapters share: each adds its part to its own rows, once the frozen product of all rows is there.
package final class SharedDelta: LinearDelta {
    package let number: Int
    package let sites: [Site]
    /// Those that it is on.
    package private(set) var linears: [Linear] = []
    var inputs: Int { sites[0].inputs }

    package init(_ number: Int, at sites: [Site]) { (self.number, self.sites) = (number, sites) }

    package var keptWidth: Int { 0 }
    package func attach(to linears: [Linear]) { self.linears = linears }

    package func begin(_ work: LinearWork) {
        work.pass.adapters?.forEach(work, at: self) { delta, own, _ in delta.begin(own) }
    }

    package func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        work.pass.adapters?.forEach(work, at: self) { delta, own, first in
            let rows = output + first * stride
            if let product = delta.addend(number, own) {
                own.pass.kernels.multiply(
                    [product], rows: own.rows.count, columns: sites[number].outputs, into: rows, stride: stride,
                    accumulate: true)
            }
            delta.finish(number, rows, stride: stride, own)
        }
    }

    /// Nothing is ever trained here.
    package func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients { dy }
}
