import Backbones
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

/// A method as the settings make it, and one of the tests' own: what holds for all of them names none.
struct MethodCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: any TuningMethod
    /// Whether the backward takes something for a constant that A and B change: then only the other slopes can be told by differences.
    var hasDetachedParts = false

    private static func decomposed(dropout: Double) -> LoRAConfiguration {
        var lora = LoRAConfiguration(rank: 3, alpha: 1.5, dropout: dropout, targets: .allLinear)
        lora.isDecomposed = true
        return lora
    }

    /// The names are the tiny BERT's; those of ``DeltaBench`` match one key of each.
    private static var patterned: LoRAConfiguration {
        var lora = LoRAConfiguration(rank: 4, alpha: 2, targets: .allLinear)
        lora.rankPattern = ["(query|layer0)": 2, "layer.1.output.dense": 5]
        lora.alphaPattern = [#"key|.*layer\.[12]\.intermediate\.dense|layer1"#: 3]
        lora.isRankStabilized = true
        lora.placement.excluded = .names(["value"])
        return lora
    }

    static let all = [
        MethodCase(testDescription: "LoRA", method: LoRAConfiguration(rank: 3, alpha: 1.5, targets: .allLinear)),
        MethodCase(
            testDescription: "LoRA, dropout",
            method: LoRAConfiguration(rank: 4, alpha: 2, dropout: 0.4, targets: .allLinear)),
        MethodCase(testDescription: "LoRA, ranks by module", method: patterned),
        MethodCase(testDescription: "DoRA", method: decomposed(dropout: 0), hasDetachedParts: true),
        MethodCase(testDescription: "DoRA, dropout", method: decomposed(dropout: 0.4), hasDetachedParts: true),
        MethodCase(testDescription: "IA3", method: IA3Configuration(targets: .allLinear)),
        MethodCase(
            testDescription: "IA3, inputs and outputs",
            method: IA3Configuration(targets: .allLinear, feedForward: .pattern(".*(value|dense|layer1)"))),
        // 20 inputs are no multiple of 3 or 6.
        MethodCase(testDescription: "MiSS", method: MissConfiguration(rank: 3, targets: .allLinear)),
        MethodCase(testDescription: "MiSS, dropout", method: MissConfiguration(rank: 6, dropout: 0.4, targets: .allLinear)),
        MethodCase(testDescription: "scaling vectors", method: ScalingVectors()),
    ]

    /// Those that do not start as the frozen model: rows before each text, and bottlenecks behind blocks.
    static let others: [MethodCase] = {
        var settings = TrainerSettings()
        (settings.virtualTokens, settings.encoderHiddenSize) = (5, 24)
        return [
            MethodCase(testDescription: "prompt tuning", method: PromptTuning(settings)),
            MethodCase(testDescription: "P-tuning", method: PTuning(settings)),
            MethodCase(testDescription: "P-tuning, rows alone", method: PTuning(count: 5)),
            MethodCase(testDescription: "Houlsby's", method: BottleneckConfiguration(.houlsby, reductionFactor: 4)),
            MethodCase(testDescription: "Pfeiffer's", method: BottleneckConfiguration(.pfeiffer, layers: .last(2))),
        ]
    }()
}

@Suite struct TuningMethodConformanceTests {
    @Test func `every method has a case`() {
        let tested = (MethodCase.all + MethodCase.others).map { type(of: $0.method).peftType }
        #expect(TuningMethods.all.allSatisfy { tested.contains($0.peftType) })
        #expect(Set(TuningMethods.all.map { $0.peftType }).count == TuningMethods.all.count)
    }

    @Test(arguments: MethodCase.all + MethodCase.others)
    func `its tensors have names of their own, which it knows again`(each: MethodCase) throws {
        let model = try Architectures.configuration(of: tinyBert)
        let sites = try each.method.sites(of: model, for: .pooled)
        let specs = each.method.parameters(at: sites)
        #expect(Set(specs.map(\.name)).count == specs.count && specs.allSatisfy { $0.count > 0 && $0.owner == .adapter })
        func isOwn(_ name: String) -> Bool { type(of: each.method).owns(name) }
        for spec in specs {
            #expect(spec.name.hasPrefix("base_model.model.") && isOwn(each.method.fileName(spec.name, on: model)))
        }
        #expect(!isOwn("base_model.model.classifier.weight") && !isOwn("base_model.classifier.weight"))
        let layout = ParameterLayout(specs)
        for site in sites {
            let ways: [AnyObject?] = [
                each.method.delta(at: [site], in: layout, kernels: .current),
                each.method.insertion(behind: site, in: layout, kernels: .current),
                each.method.virtualTokens(at: [site], in: layout, kernels: .current),
            ]
            #expect(ways.count { $0 != nil } == 1, "\(site.name)")
        }
    }

    @Test(arguments: MethodCase.all + [MethodCase.others[0], MethodCase.others[3], MethodCase.others[4]])
    func `what it wrote it can start from`(each: MethodCase) throws {
        let model = try Architectures.configuration(of: tinyBert)
        let sites = try each.method.sites(of: model, for: .pooled)
        #expect(try each.method.refusal(of: each.method.peftValues(at: sites, of: model), at: sites) == nil)
    }

    /// Where a site is tuned the result may differ; where none is, it is the frozen layer's.
    @Test(arguments: MethodCase.all, Kernels.available)
    func `it starts as the frozen model, and leaves alone what it does not tune`(each: MethodCase, kernels: Kernels) {
        for tuned in each.method.isSeparate
            ? [[true], [false]] : [[true, true], [true, false], [false, true], [false, false]]
        {
            let bench = DeltaBench(each.method, tuned: tuned, kernels: kernels)
            let plain = DeltaBench(each.method, tuned: tuned.map { _ in false }, kernels: kernels)
            let x = DeltaBench.input()
            let changed = bench.forward(x, training: false)
            let frozen = plain.forward(x, training: false)
            for (number, isTuned) in tuned.enumerated() {
                let columns = number * DeltaBench.outputs..<(number + 1) * DeltaBench.outputs
                let isSame = columns.allSatisfy { abs(changed[$0] - frozen[$0]) < 1e-5 }
                #expect(isSame != isTuned)
            }
            for i in bench.parameters.values.indices { bench.parameters.values[i] = 0 }
            bench.parameters.start(seed: 1) { _, _, _ in false }
            if each.hasDetachedParts { bench.startLengths() }
            let started = bench.forward(x, training: false)
            #expect(zip(started, frozen).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test(arguments: MethodCase.all, Kernels.available)
    func `gradients of the input and of every parameter are those by differences`(each: MethodCase, kernels: Kernels) {
        for tuned in each.method.isSeparate
            ? [[true], [false]] : [[true, true], [true, false], [false, true], [false, false]]
        {
            let bench = DeltaBench(each.method, tuned: tuned, kernels: kernels)
            let (x, dx) = (DeltaBench.input(), DeltaBench.numbers(DeltaBench.rows * DeltaBench.inputs, seed: 11))
            let before = Array(dx.values)
            let dy = DeltaBench.numbers(DeltaBench.rows * bench.stride, seed: 10)
            let dyBefore = Array(dy.values)
            func loss() -> Double {
                zip(bench.forward(x, training: true), dy.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            func slope(_ place: Floats) -> Double {
                let start = place.pointee
                place.pointee = start + 1e-2
                let up = loss()
                place.pointee = start - 1e-2
                let down = loss()
                place.pointee = start
                return (up - down) / 2e-2
            }
            for i in bench.parameters.gradients.indices { bench.parameters.gradients[i] = 1000 }
            _ = loss()
            bench.backward(x, dy: dy, dx: dx)
            #expect(Array(dy.values) == dyBefore, "what others read is changed")
            for i in 0..<x.count { #expect(abs(Double(dx.base[i] - before[i]) - slope(x.base + i)) < 0.05) }
            for entry in bench.parameters.entries where !(each.hasDetachedParts && entry.shape.count == 2) {
                for i in entry.range {
                    #expect(
                        abs(Double(bench.parameters.gradients[i]) - slope(bench.parameters.base + i)) < 0.05, "parameter \(i)")
                }
            }
        }
    }
}
