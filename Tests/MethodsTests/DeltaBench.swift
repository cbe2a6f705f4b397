import Layers
import Methods
import Tensors
import TrainerSettings

/// Linear layers that read one input of 20, of which a method tunes some.
struct DeltaBench {
    static let (inputs, outputs, rows) = (20, 33, 6)
    let group: LinearGroup
    let weights: [[Float]]
    let biases: [[Float]]
    let parameters: TrainableParameters
    let layout: ParameterLayout
    let sites: [Site]
    let method: any TuningMethod
    let kernels: Kernels
    private let kept: FloatStorage
    private let scratch: (narrow: FloatStorage, delta: FloatStorage)

    /// - Parameter tuned: of each layer whether it is.
    init(_ method: any TuningMethod, tuned: [Bool], kernels: Kernels) {
        var random = RandomSource(seed: 8)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
        self.method = method
        self.kernels = kernels
        sites = tuned.indices.map {
            Site(name: "layer\($0)", layer: 0, inputs: Self.inputs, outputs: Self.outputs, order: 0, stream: UInt64($0))
        }
        weights = tuned.map { _ in numbers(Self.inputs * Self.outputs) }
        biases = tuned.map { _ in numbers(Self.outputs) }
        let chosen = zip(sites, tuned).filter(\.1).map(\.0)
        let layout = ParameterLayout(method.parameters(at: chosen))
        self.layout = layout
        let attachments = method.attachments(for: .all, at: chosen, in: layout, kernels: kernels)
        var linears: [Linear] = []
        for (site, (weight, bias)) in zip(sites, zip(weights, biases)) {
            linears.append(
                weight.withUnsafeBufferPointer { weight in
                    bias.withUnsafeBufferPointer {
                        Linear(site, weight: weight, bias: $0, passesGradient: true, kernels: kernels)
                    }
                })
        }
        group = LinearGroup(linears, attachments: attachments)
        parameters = TrainableParameters(layout)
        for i in parameters.values.indices { parameters.values[i] = Float(random.normal()) }
        kept = FloatStorage(count: Self.rows * group.keptWidth)
        scratch = (FloatStorage(count: 4096), FloatStorage(count: group.scratchCount(rows: Self.rows)))
    }

    /// DoRA's lengths as those of the rows of the weights.
    func startLengths() {
        for (site, weight) in zip(sites, weights) {
            guard let offset = layout.offset(of: site.name + ".lora_magnitude_vector") else { continue }
            for output in 0..<Self.outputs {
                let row = weight[output * Self.inputs..<(output + 1) * Self.inputs]
                parameters.values[offset + output] = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
        }
    }

    var stride: Int { sites.count * Self.outputs }

    static func input() -> FloatStorage { numbers(rows * inputs, seed: 9) }

    static func numbers(_ count: Int, seed: UInt64) -> FloatStorage {
        var random = RandomSource(seed: seed)
        let storage = FloatStorage(count: count)
        for i in 0..<count { storage.base[i] = Float(random.normal()) }
        return storage
    }

    private func work(_ x: FloatStorage, gradients: Floats?) -> LinearWork {
        let narrow = UnsafeMutableRawPointer(scratch.narrow.base).assumingMemoryBound(to: BFloat16.self)
        return LinearWork(
            x.base, rows: Rows(count: Self.rows, first: 3), kept: kept.base,
            scratch: Scratch(narrow: narrow, delta: scratch.delta.base),
            pass: Pass(
                kernels: kernels, parameters: parameters.base, gradients: gradients, dropout: method.dropout, dropoutSeed: 6))
    }

    /// y of all layers side by side, [rows, layers x outputs].
    func forward(_ x: FloatStorage, training: Bool) -> [Float] {
        let y = FloatStorage(count: Self.rows * stride)
        let work = work(x, gradients: training ? parameters.gradientBase : nil)
        group.pack(work.pass)
        group.forward(work, into: sites.indices.map { y.base + $0 * Self.outputs }, stride: stride)
        return Array(y.values)
    }

    /// After a forward in training: leaves the gradients in the parameters', and adds the input's to dx.
    func backward(_ x: FloatStorage, dy: FloatStorage, dx: FloatStorage) {
        group.backward(
            work(x, gradients: parameters.gradientBase),
            dy: OutputGradients(sites.indices.map { dy.base + $0 * Self.outputs }, stride: stride), dx: dx.base,
            accumulate: true)
    }
}
