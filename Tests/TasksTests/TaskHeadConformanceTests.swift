import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Tasks
import Tensors
import Testing
import TrainerSettings

/// A head of each task: what holds for all of them names none.
struct HeadCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let head: any TaskHead
    var model = "tiny-bert"

    static let all = [
        HeadCase(testDescription: "two classes", head: ClassificationHead(labels: ["no", "yes"])),
        HeadCase(testDescription: "five classes", head: ClassificationHead(labels: ["a", "b", "c", "d", "e"])),
        HeadCase(testDescription: "classes that count more or less, smoothed", head: weighted),
        HeadCase(
            testDescription: "a layer and tanh before them", head: ClassificationHead(labels: ["no", "yes"]),
            model: "tiny-encoders/roberta"),
        HeadCase(
            testDescription: "a layer and ReLU before them", head: ClassificationHead(labels: ["a", "b", "c"]),
            model: "tiny-encoders/distilbert"),
        HeadCase(
            testDescription: "a layer and GELU before them", head: ClassificationHead(labels: ["a", "b"]),
            model: "tiny-encoders/electra"),
        HeadCase(testDescription: "a vocabulary", head: CausalLMHead()),
        HeadCase(testDescription: "a vocabulary, smoothed", head: CausalLMHead(smoothing: 0.2)),
    ]

    private static var weighted: ClassificationHead {
        var head = ClassificationHead(labels: ["a", "b", "c"])
        (head.loss.smoothing, head.loss.weights) = (0.1, [0.5, 2, 1])
        return head
    }
}

/// A head on five rows of a batch that has two more before them.
private struct HeadBench {
    static let (count, before) = (5, 2)
    let head: any TaskHead
    let width: Int
    let parameters: TrainableParameters
    let rows: FloatStorage
    let rowGradient: FloatStorage
    let targets: Targets
    private let attached: any AttachedHead
    private let scratch: FloatStorage

    init(_ each: HeadCase) throws {
        let model = try VocabularyBackbone(model: each.model)
        head = each.head
        width = model.configuration.hiddenSize
        let layout = ParameterLayout(head.parameters(on: model.configuration))
        parameters = TrainableParameters(layout)
        attached = try head.attached(to: model, in: layout, kernels: .current)
        var random = RandomSource(seed: 5)
        rows = FloatStorage(count: Self.count * width)
        rowGradient = FloatStorage(count: Self.count * width)
        for i in 0..<rows.count { rows.base[i] = Float(random.normal()) }
        for i in parameters.values.indices { parameters.values[i] = Float(0.3 * random.normal()) }
        targets = Targets(classes: (0..<Self.count + Self.before).map { Int32($0 % min(each.head.outputCount, 3)) })
        scratch = FloatStorage(count: attached.scratchCount(rows: Self.count))
    }

    private var hidden: HiddenRows {
        HiddenRows(
            values: rows.base, gradient: rowGradient.base, rows: Rows(count: Self.count, first: Self.before))
    }

    func loss(weight: Float = 1) -> Double {
        let pass = Pass(kernels: .current, parameters: parameters.base, gradients: parameters.gradientBase)
        attached.pack(pass)
        return attached.step(hidden, targets: targets, weight: weight, scratch: scratch.base, pass: pass)
    }

    func outputs() -> [Float] {
        let pass = Pass(kernels: .current, parameters: parameters.base)
        let outputs = FloatStorage(count: Self.count * head.outputCount)
        attached.pack(pass)
        attached.forward(hidden, targets: targets, into: outputs.base, scratch: scratch.base, pass: pass)
        return Array(outputs.values)
    }
}

@Suite struct TaskHeadConformanceTests {
    @Test func `every head has a case, and a name of its own`() {
        let tested = HeadCase.all.map { type(of: $0.head).peftTaskType }
        let heads = TrainingTasks.all.map { $0.head }
        #expect(heads.allSatisfy { tested.contains($0.peftTaskType) })
        #expect(Set(heads.map { $0.peftTaskType }).count == heads.count)
        #expect(TrainingTasks.head("NONE") == nil)
    }

    @Test(arguments: HeadCase.all)
    func `gradients of the rows and of every parameter are those by differences, and are overwritten`(each: HeadCase) throws {
        let bench = try HeadBench(each)
        for i in bench.parameters.gradients.indices { bench.parameters.gradients[i] = 1000 }
        for i in 0..<bench.rowGradient.count { bench.rowGradient.base[i] = 1000 }
        _ = bench.loss()
        let gradients = Array(bench.parameters.gradients) + Array(bench.rowGradient.values)
        let places =
            bench.parameters.values.indices.map { bench.parameters.base + $0 }
            + (0..<bench.rows.count).map { bench.rows.base + $0 }
        for (place, gradient) in zip(places, gradients) {
            let start = place.pointee
            func slope(_ distance: Float) -> Double {
                place.pointee = start + distance
                let up = bench.loss()
                place.pointee = start - distance
                let down = bench.loss()
                place.pointee = start
                return (up - down) / Double(2 * distance)
            }
            var error = abs(slope(1e-2) - Double(gradient))
            // Where ReLU bends nearby, only a short step tells the slope.
            if error > 1e-3 { error = min(error, abs(slope(5e-4) - Double(gradient))) }
            #expect(error < 1e-3)
        }
    }

    @Test(arguments: HeadCase.all)
    func `a weight scales the gradients and not the loss, and an evaluation gives numbers for each row`(each: HeadCase) throws {
        let bench = try HeadBench(each)
        let loss = bench.loss()
        let whole = Array(bench.parameters.gradients) + Array(bench.rowGradient.values)
        #expect(bench.loss(weight: 0.25) == loss)
        let quarter = Array(bench.parameters.gradients) + Array(bench.rowGradient.values)
        #expect(zip(whole, quarter).allSatisfy { abs($0 / 4 - $1) < 1e-6 })
        let outputs = bench.outputs()
        #expect(outputs.count == HeadBench.count * each.head.outputCount && outputs.allSatisfy(\.isFinite))
    }

    @Test(arguments: HeadCase.all)
    func `what it puts beside an adapter is found whole, and its own rows are in place`(each: HeadCase) throws {
        let folder = try ScratchFolder()
        for file in try each.head.files() { try file.write(in: folder.path) }
        #expect(try each.head.rowOrder(in: folder.path) == nil)
        #expect(each.head.peftValues["task_type"]?.text == type(of: each.head).peftTaskType)
    }
}
