import SearchSpaces

/// A safetensors file taken apart: header and data, put together with the header's length right unless that is what is wrong.
struct SafetensorsImage {
    var header: JSONTree
    var data: [UInt8]

    init(header: JSONTree, data: [UInt8]) {
        self.header = header
        self.data = data
    }

    /// A whole file's parts.
    init(_ file: [UInt8]) throws {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try JSONTree(seed: String(decoding: file.dropFirst(8).prefix(length), as: UTF8.self))
        data = Array(file.dropFirst(8 + length))
    }

    /// The file, after some changes of the header and, more seldom, of its length and the data.
    func mutated(words: [[UInt8]], using random: inout SeededGenerator) -> [UInt8] {
        var (header, data) = (header, data)
        for _ in 0..<(1 + random.below(1 + random.below(4))) {
            switch random.below(8) {
            case 0: data = Array(data.prefix(random.below(data.count + 1)))
            case 1: data.mutateBytes(using: &random)
            case 2, 3: Self.changeEntry(of: &header, dataCount: data.count, using: &random)
            default: header.mutate(words: words, using: &random)
            }
        }
        var text = header.bytes
        if random.oneIn(12) { text.mutateBytes(using: &random) }
        var file = [UInt8](repeating: 0, count: 8) + text + data
        let length = UInt64(text.count)
        let wrong: [UInt64] = [
            0, 1, 7, length &- 1, length + 1, UInt64(file.count - 8), UInt64(file.count - 7), 1 << 31, 1 << 32, 1 << 63, .max,
        ]
        file.setWord(random.oneIn(20) ? random.pick(wrong) : length, at: 0)
        if random.oneIn(30) { file = Array(file.prefix(random.below(file.count + 1))) }
        return file
    }

    /// An entry whose shape, type and offsets nearly fit each other and the data.
    private static func changeEntry(of header: inout JSONTree, dataCount: Int, using random: inout SeededGenerator) {
        guard case .object(var fields) = header, !fields.isEmpty else { return }
        let place = random.below(fields.count)
        let types = [
            ("F64", 8), ("I64", 8), ("F32", 4), ("I32", 4), ("F16", 2), ("BF16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
        ]
        let (type, width) = random.pick(types)
        let start = random.below(dataCount + 1)
        let count = random.below((dataCount - start) / width + 1)
        let shapes = [
            "[\(count)]", "[1,\(count)]", "[\(count),1,1]", "[]", "[0]", "[0,9223372036854775807]", "[9223372036854775807,0]",
            "[4611686018427387904,4]", "[4294967296,4294967296,\(count)]", "[-1,-\(count)]",
            "[" + [String](repeating: "1", count: 5_000).joined(separator: ",") + ",\(count)]",
        ]
        let ends = [start + count * width, start, dataCount, dataCount + 1, start - 1, .max, .min]
        let entry = """
            {"dtype":"\(type)","shape":\(random.pick(shapes)),"data_offsets":[\(start),\(random.oneIn(3) ? random.pick(ends) : ends[0])]}
            """
        fields[place].value = .scalar(entry)
        header = .object(fields)
    }
}
