import Checkpoints
import SearchSpaces

/// Any safetensors file: every tensor in it is read to its last number.
struct SafetensorsFormat: Format {
    static let name = "safetensors"

    private let path: String
    private let image: SafetensorsImage
    private let words: [[UInt8]]

    init(folder: String) throws {
        path = folder + "/x.safetensors"
        let header = try JSONTree(
            seed: """
                {"__metadata__":{"format":"pt","note":"x"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                "b.weight":{"dtype":"F16","shape":[5],"data_offsets":[24,34]},"c":{"dtype":"BF16","shape":[1,2,3],"data_offsets":[34,46]},
                "d":{"dtype":"F64","shape":[2],"data_offsets":[46,62]},"e":{"dtype":"I64","shape":[1],"data_offsets":[62,70]},
                "f":{"dtype":"F32","shape":[],"data_offsets":[70,74]},"g":{"dtype":"F32","shape":[0,4],"data_offsets":[74,74]},
                "h":{"dtype":"BOOL","shape":[2],"data_offsets":[74,76]},"i":{"dtype":"U8","shape":[4],"data_offsets":[76,80]}}
                """)
        image = SafetensorsImage(header: header, data: (0..<80).map { UInt8($0) &* 37 })
        words = header.words
    }

    var file: String? { path }

    func input(using random: inout SeededGenerator) -> [UInt8] { image.mutated(words: words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        let file = try SafetensorsFile(path: path)
        for (name, entry) in file.entries where [.float32, .float16, .bfloat16, .float64].contains(entry.type) {
            let tensor = try file.tensor(name, shape: entry.shape)
            withExtendedLifetime(tensor) { _ = tensor.values.reduce(0, +) }
        }
    }
}
