import SearchSpaces
import Testing
import TrainerSettings

@testable import Strategies

struct MemoryAxisTests {
    @Test(arguments: [
        ("batch_size", MemoryRole.more), ("per_device_train_batch_size", .more), ("train.max-seq-length", .more), ("r", .more),
        ("options.gradient_checkpointing", .less), ("base_precision", .precision), ("lora_target_modules", .parts),
        ("learning_rate", .none), ("gradient_accumulation_steps", .none), ("options.packing", .unknown), ("gamma", .unknown),
    ])
    func `what a name says of memory`(name: String, role: MemoryRole) { #expect(MemoryRole(of: name) == role) }

    private func axis(_ name: String, _ values: [SettingValue]) -> MemoryAxis {
        MemoryAxis(Parameter(name: name, distribution: .categorical(values, probabilities: nil)))
    }

    private func strings(_ texts: String...) -> SettingValue { .array(texts.map { .string($0) }) }

    @Test func `a list of modules that holds another never needs less`() {
        let axis = axis(
            "target_modules", [strings("q", "v"), strings("v", "q", "k"), strings("up"), .string("all-linear"), .string("q.*")])
        #expect(axis.covers(1, 0) && !axis.covers(0, 1))
        #expect(!axis.covers(1, 2) && !axis.covers(2, 1))
        #expect(axis.covers(3, 0) && axis.covers(3, 2) && !axis.covers(0, 3))
        // A pattern may name anything.
        #expect(!axis.covers(3, 4) && !axis.covers(4, 0) && axis.covers(4, 4))
        #expect(axis.isRising && axis.width == 1)
        #expect(axis.features(of: 2)[0] < axis.features(of: 0)[0] && axis.features(of: 0)[0] < axis.features(of: 3)[0])
    }

    @Test func `so do more layers, more bits and no checkpointing`() {
        let layers = axis(
            "layers_to_transform", [.string("last-2"), .string("all"), .string("last-4"), .array([.int(0), .int(1)])])
        #expect(layers.covers(1, 0) && layers.covers(2, 0) && layers.covers(1, 3) && !layers.covers(2, 3))
        let bits = axis("precision", [.string("bf16"), .string("fp32"), .string("auto"), .string("quantized")])
        #expect(bits.covers(1, 0) && bits.covers(0, 3) && !bits.covers(1, 2) && !bits.covers(2, 0))
        let checkpointing = axis("gradient_checkpointing", [.bool(true), .bool(false)])
        #expect(checkpointing.covers(1, 0) && !checkpointing.covers(0, 1))
        #expect(checkpointing.features(of: 0)[0] < checkpointing.features(of: 1)[0])
    }

    @Test func `numbers go by their logarithm, and of unknown ones none covers another`() {
        let length = MemoryAxis(Parameter(name: "max_length", distribution: .intUniform(min: 128, max: 2048)))
        #expect(
            length.features(of: 128) == [0] && abs(length.features(of: 512)[0] - 0.5) < 1e-12
                && length.features(of: 2048) == [1])
        #expect(length.covers(300, 200) && !length.covers(200, 300))
        let unknown = MemoryAxis(Parameter(name: "gamma", distribution: .uniform(min: 0, max: 2)))
        #expect(!unknown.covers(2, 1) && unknown.covers(1, 1) && !unknown.isRising)
        let packing = axis("options.packing", [.bool(true), .bool(false)])
        #expect(packing.width == 2 && !packing.covers(0, 1) && packing.features(of: 0) == [1, 0])
    }

    @Test func `what is not there covers only its like`() {
        let length = MemoryAxis(Parameter(name: "max_length", distribution: .intUniform(min: 128, max: 2048)))
        #expect(!length.covers(Point.absent, 200) && !length.covers(200, Point.absent))
        #expect(length.covers(Point.absent, Point.absent))
        #expect(length.features(of: Point.absent) == [0.5])
        #expect(axis("batch_size", [.int(8)]).width == 0)
    }
}
