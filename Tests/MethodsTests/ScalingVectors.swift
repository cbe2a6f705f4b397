import Backbones
import Checkpoints
import Layers
import Methods
import Tensors
import TrainerSettings

/// A method of the tests' own, after IA3 (Liu et al. 2022): each output of a site is multiplied by a number that is trained.
///
/// What a new method has to write is what is here, and its line in ``TuningMethods``.
struct ScalingVectors: TuningMethod {
    static let peftType = "SCALED"
    static let namesInFile = "target_modules"
    var placement = Placement()
    let dropout = 0.0

    init(_ settings: TrainerSettings) { placement = Placement(targets: settings.targetModules) }

    init() {}

    func peftValues(at sites: [Site], of model: any BackboneConfiguration) -> [String: SettingValue] { [:] }

    func parameters(at sites: [Site]) -> [ParameterSpec] {
        sites.map {
            ParameterSpec($0.name + ".ia3_l", shape: [$0.outputs], owner: .adapter, decays: false, start: .one)
        }
    }

    func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        ScalingDelta(sites.map { layout.offset(of: $0.name + ".ia3_l") }, outputs: sites[0].outputs)
    }

    func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? { nil }
    static func owns(_ tensor: String) -> Bool { tensor.hasSuffix(".ia3_l") }
    static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }
}

/// y = s * (x W^T + bias), of which the sums are kept.
private final class ScalingDelta: LinearDelta {
    private let offsets: [Int?]
    private let outputs: Int

    init(_ offsets: [Int?], outputs: Int) {
        self.offsets = offsets
        self.outputs = outputs
    }

    let keepsOutputs = true
    var keptWidth: Int { offsets.count * outputs }

    func scratchCount(rows: Int) -> Int { rows * keptWidth }

    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        guard let offset = offsets[number] else { return }
        for row in 0..<work.rows.count {
            for i in 0..<outputs {
                let sum = output[row * stride + i]
                work.kept[(row * offsets.count + number) * outputs + i] = sum
                output[row * stride + i] = sum * work.pass.parameters[offset + i]
            }
        }
    }

    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let starts = offsets.indices.map { work.scratch.delta + $0 * outputs }
        for (number, offset) in offsets.enumerated() {
            for i in 0..<outputs {
                var slope: Float = 0
                for row in 0..<work.rows.count {
                    let dy = dy.starts[number][row * dy.stride + i]
                    slope += dy * work.kept[(row * offsets.count + number) * outputs + i]
                    starts[number][row * keptWidth + i] = dy * (offset.map { work.pass.parameters[$0 + i] } ?? 1)
                }
                if let offset { gradients[offset + i] = slope }
            }
        }
        return OutputGradients(starts, stride: keptWidth)
    }
}
