import Synchronization
import Tensors
import Testing

@Suite struct SmallPartsTests {
    @Test func `the same seed gives the same numbers on every machine`() {
        var random = RandomSource(seed: 42)
        #expect(random.next() == 13_679_457_532_755_275_413)
        #expect(random.next() == 2_949_826_092_126_892_291)
    }

    @Test func `uniform and normal numbers have their means and deviations`() {
        var random = RandomSource(seed: 1)
        let uniform = (0..<20_000).map { _ in random.uniform() }
        #expect(uniform.allSatisfy { (0..<1).contains($0) })
        #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.01)
        let normal = (0..<20_000).map { _ in random.normal() }
        #expect(abs(normal.reduce(0, +) / 20_000) < 0.03)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
    }

    @Test func `derived seeds differ by seed and by number`() {
        let seeds = (0..<10).flatMap { seed in (0..<10).map { RandomSource.derivedSeed(seed, $0) } }
        #expect(Set(seeds).count == 100)
    }

    @Test(arguments: [0, 1, 2, 7])
    func `a parallel body runs once for each number`(count: Int) {
        let sums = Mutex([Int](repeating: 0, count: count))
        inParallel(count) { index in sums.withLock { $0[index] += 1 } }
        #expect(sums.withLock { $0 } == [Int](repeating: 1, count: count))
    }

    @Test func `fresh memory is zero and aligned to cache lines`() {
        let storage = FloatStorage(count: 1000)
        #expect(storage.values.allSatisfy { $0 == 0 })
        #expect(Int(bitPattern: storage.base) % 64 == 0)
        #expect(FloatStorage(count: 0).values.isEmpty)
    }

    @Test func `at least one thread computes`() {
        ComputeThreads.use(1)
        #expect(ComputeThreads.count == 1)
        ComputeThreads.use(0)
        #expect(ComputeThreads.count == 1)
    }

    @Test func `the plainest variant is always there and the current one is available`() {
        #expect(Kernels.available[0].name == "baseline")
        #expect(Kernels.available.contains { $0.name == Kernels.current.name })
    }
}
