import Foundation
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

@testable import Backbones
@testable import Checkpoints

/// A decoder's frozen weights: packed once, kept for the next trial, shared with it.
@Suite struct PackedWeightsTests {
    private let tiny = TinyDecoder("llama-tied")

    private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func batch() throws -> PackedBatch {
        var batch = try tiny.batch()
        batch.listed = zip(batch.offsets, batch.offsets.dropFirst()).flatMap { $0..<$1 - 1 }
        return batch
    }

    private func numbers(_ tuned: TunedBackbone) throws -> [Float] {
        [Float(try tuned.causalLoss(batch()))] + Array(tuned.parameters.gradients)
    }

    private func tuned(_ precision: WeightPrecision, _ cache: CacheFolder?, _ kernels: Kernels) throws -> TunedBackbone {
        try tiny.tuned(
            LoRAConfiguration(rank: 2, alpha: 4, targets: .allLinear),
            storage: WeightStorage(precision, cache: cache, kernels: kernels))
    }

    @Test(arguments: Kernels.available, WeightPrecision.allCases)
    func `what one trial packed is the next one's, to the same bits, and its own from then on`(
        kernels: Kernels, precision: WeightPrecision
    ) throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let expected = try numbers(tuned(precision, nil, kernels))
            let first = try tuned(precision, cache, kernels)
            #expect(try numbers(first) == expected)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty, "nothing is written before it is asked for"
            )
            first.backbone.savePackedWeights(in: cache)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.count == 1)
            #expect(try numbers(first) == expected)
            let second = try tuned(precision, cache, kernels)
            second.backbone.savePackedWeights(in: cache)
            #expect(try numbers(second) == expected)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == files)
        }
    }

    @Test func `two that pack at the same time share the file of the first`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let (first, second) = (try tuned(.fp32, cache, .current), try tuned(.fp32, cache, .current))
            first.backbone.savePackedWeights(in: cache)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            func number() throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.systemFileNumber] as? Int
            }
            let written = try #require(try number())
            second.backbone.savePackedWeights(in: cache)
            #expect(try number() == written)
            #expect(try numbers(first) == numbers(second))
        }
    }

    @Test func `each matrix is packed once, in a file of the size that is told`() throws {
        let configuration = try #require(try tiny.configuration())
        let output = try #require(configuration.outputSite)
        let sites = configuration.sites(for: .listed) + [output]
        for precision in WeightPrecision.allCases {
            let count = PackedWeights.byteCount(sites, precision, .forward)
            let panels = sites.map { PackedMatrix.byteCount(depth: $0.inputs, columns: $0.outputs, precision) }
            #expect(count == panels.reduce(0, +) && count < PackedWeights.byteCount(sites, precision, .both))
            try withTemporaryFolder { folder in
                let cache = CacheFolder(folder)
                try tuned(precision, cache, .current).backbone.savePackedWeights(in: cache)
                let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
                let size = try #require(try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size] as? Int)
                #expect((count...count + 4096).contains(size))
            }
        }
    }

    @Test func `the weights are read from the file, and a damaged one is made again`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let expected = try numbers(tuned(.fp32, nil, .current))
            try tuned(.fp32, cache, .current).backbone.savePackedWeights(in: cache)
            let file = folder + "/" + (try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first))
            let whole = try Data(contentsOf: URL(filePath: file))
            var damaged = whole
            damaged[whole.count - 5] ^= 0x40
            for bytes in [damaged, whole.prefix(whole.count - 64), Data()] {
                try bytes.write(to: URL(filePath: file))
                let again = try tuned(.fp32, cache, .current)
                #expect(try numbers(again) == expected)
                again.backbone.savePackedWeights(in: cache)
                #expect(try Data(contentsOf: URL(filePath: file)) == whole)
            }
            // Were the file not used, one that says zero under a right checksum would change nothing.
            let weights = try Architectures.weights(of: tiny.folder)
            let layout = "fp32, \(Kernels.current), forward alone"
            let key = CacheKey(kind: "weights", ["model": try #require(weights.identity), "layout": layout])
            let size = try #require(cache.read(key)).bytes.count
            try [UInt8](repeating: 0, count: size).withUnsafeBytes { try cache.write($0, as: key) }
            #expect(try numbers(tuned(.fp32, cache, .current)) != expected)
        }
    }

    @Test func `where nothing can be kept, nothing is lost`() throws {
        let cache = CacheFolder("/dev/null/cache")
        let tuned = try tuned(.fp32, cache, .current)
        tuned.backbone.savePackedWeights(in: cache)
        #expect(try numbers(tuned) == numbers(self.tuned(.fp32, nil, .current)))
    }
}
