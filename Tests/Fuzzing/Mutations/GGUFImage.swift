import SearchSpaces

/// A GGUF file taken apart: keys, tensors and data, put together with all counts and lengths right unless that is what is wrong.
struct GGUFImage {
    private struct Key {
        var name: [UInt8]
        var type: UInt32
        var value: [UInt8]
    }

    private struct Tensor {
        var name: [UInt8]
        var dimensions: [UInt64]
        var type: UInt32
        var offset: UInt64
    }

    private var keys: [Key] = []
    private var tensors: [Tensor] = []
    private var data: [UInt8]

    private static let alignment = 32
    private static let extremes: [UInt64] = [
        0, 1, 2, 3, 31, 32, 33, 64, 255, 256, 257, 4096, 1 << 16, 1 << 24, 1 << 31, 1 << 32, 1 << 40, 1 << 58, 1 << 60, 1 << 61,
        1 << 62, 1 << 63, .max, .max - 31,
    ]

    /// A whole file's parts.
    init(_ file: [UInt8]) {
        var place = 8
        func number(_ size: Int) -> UInt64 {
            defer { place += size }
            return file[place..<place + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        func text() -> [UInt8] {
            let count = Int(number(8))
            defer { place += count }
            return Array(file[place..<place + count])
        }
        func skip(_ type: UInt32) {
            switch type {
            case 0, 1, 7: place += 1
            case 2, 3: place += 2
            case 4, 5, 6: place += 4
            case 8: _ = text()
            case 9:
                let inner = UInt32(number(4))
                for _ in 0..<number(8) { skip(inner) }
            default: place += 8
            }
        }
        let (tensorCount, keyCount) = (number(8), number(8))
        data = []
        for _ in 0..<keyCount {
            let (name, type, start) = (text(), UInt32(number(4)), place)
            skip(type)
            keys.append(Key(name: name, type: type, value: Array(file[start..<place])))
        }
        for _ in 0..<tensorCount {
            let (name, count) = (text(), number(4))
            tensors.append(
                Tensor(name: name, dimensions: (0..<count).map { _ in number(8) }, type: UInt32(number(4)), offset: number(8)))
        }
        data = Array(file[((place + Self.alignment - 1) / Self.alignment * Self.alignment)...])
    }

    /// The file, after some changes.
    func mutated(using random: inout SeededGenerator) -> [UInt8] {
        var image = self
        for _ in 0..<(1 + random.below(1 + random.below(4))) { image.change(using: &random) }
        var counts = (UInt64(image.tensors.count), UInt64(image.keys.count))
        if random.oneIn(20) { counts.0 = random.pick(Self.extremes) }
        if random.oneIn(20) { counts.1 = random.pick(Self.extremes) }
        let version: UInt32 = random.oneIn(30) ? random.pick([0, 1, 2, 4, 3 << 24, .max]) : 3
        var file = Array("GGUF".utf8) + Self.bytes(version) + Self.bytes(counts.0) + Self.bytes(counts.1)
        for key in image.keys { file += Self.text(key.name, using: &random) + Self.bytes(key.type) + key.value }
        for tensor in image.tensors {
            file += Self.text(tensor.name, using: &random) + Self.bytes(UInt32(tensor.dimensions.count))
            file += tensor.dimensions.flatMap { Self.bytes($0) } + Self.bytes(tensor.type) + Self.bytes(tensor.offset)
        }
        file += [UInt8](repeating: 0, count: (Self.alignment - file.count % Self.alignment) % Self.alignment) + image.data
        if random.oneIn(12) { file.mutateBytes(using: &random) }
        if random.oneIn(20) { file = Array(file.prefix(random.below(file.count + 1))) }
        return file
    }

    // MARK: - Changes

    private mutating func change(using random: inout SeededGenerator) {
        switch random.below(10) {
        case 0, 1, 2, 3: changeKey(using: &random)
        case 4, 5, 6: changeTensor(using: &random)
        case 7: data.mutateBytes(using: &random)
        case 8: keys.swapAt(random.below(keys.count), random.below(keys.count))
        default: data = Array(data.prefix(random.below(data.count + 1)))
        }
    }

    private mutating func changeKey(using random: inout SeededGenerator) {
        guard !keys.isEmpty else { return }
        let place = random.below(keys.count)
        switch random.below(8) {
        case 0: keys.remove(at: place)
        case 1: keys.append(keys[place])
        case 2: keys[place].type = UInt32(random.below(15))
        case 3: keys[place].name.mutateBytes(using: &random)
        case 4: keys[place].value.mutateBytes(using: &random)
        case 5:
            // A number of the key's own size, extreme.
            guard keys[place].value.count <= 8 else { return keys[place].value.mutateBytes(using: &random) }
            let number = random.pick(Self.extremes)
            keys[place].value = Array(Self.bytes(number).prefix(keys[place].value.count))
        case 6:
            // The length of a text, or an array's type and count.
            let number = Self.bytes(random.pick(Self.extremes))
            let start = keys[place].type == 9 ? 4 : 0
            guard keys[place].value.count >= start + 8 else { return }
            keys[place].value.replaceSubrange(start..<start + 8, with: number)
        default:
            let other = random.below(keys.count)
            (keys[place].type, keys[place].value) = (keys[other].type, keys[other].value)
        }
    }

    private mutating func changeTensor(using random: inout SeededGenerator) {
        guard !tensors.isEmpty else { return }
        let place = random.below(tensors.count)
        switch random.below(8) {
        case 0: tensors.remove(at: place)
        case 1: tensors.append(tensors[place])
        case 2:
            tensors[place].type = random.pick([0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 20, 24, 28, 30, 39, 99, .max])
        case 3: tensors[place].name.mutateBytes(using: &random)
        case 4:
            guard !tensors[place].dimensions.isEmpty else { return }
            tensors[place].dimensions[random.below(tensors[place].dimensions.count)] = random.pick(Self.extremes)
        case 5: tensors[place].dimensions.append(random.pick(Self.extremes))
        case 6: tensors[place].offset = random.pick(Self.extremes + [UInt64(data.count), UInt64(data.count / 32 * 32)])
        default: tensors[place].name = tensors[random.below(tensors.count)].name
        }
    }

    private static func text(_ text: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        bytes(random.oneIn(2_000) ? random.pick(extremes) : UInt64(text.count)) + text
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
