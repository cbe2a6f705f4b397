import SearchSpaces
import SpaceFiles
import Testing

struct OutOfMemoryTests {
    private func file(_ policy: String, _ parameters: String = "p: {value: 1}") -> String {
        sweep(parameters, before: "metric: {name: loss, goal: minimize}\n\(policy)")
    }

    private let both = "batch_size: {values: [8, 16]}\ngradient_accumulation_steps: {value: 1}"

    @Test func `A trial that runs out of memory is infeasible, unless the file says otherwise`() throws {
        #expect(try parse(file("seed: 1")).specification.supervision.onOutOfMemory == .infeasible)
        #expect(try parse(file("on_out_of_memory: infeasible")).specification.supervision.onOutOfMemory == .infeasible)
        let halving = try parse(file("on_out_of_memory: halve_batch", both)).specification
        #expect(halving.supervision.onOutOfMemory == .halveBatch)
        #expect(halving.batchSettings == BatchSettings(batch: "batch_size", accumulation: "gradient_accumulation_steps"))
        #expect(SpaceDescription(halving).text.contains("half the batch with twice the accumulation where out of memory"))
        #expect(!SpaceDescription(try parse(file("seed: 1")).specification).text.contains("out of memory"))
    }

    @Test func `Another word is refused where it stands`() {
        let refused = refusal(file("on_out_of_memory: halve_batches", both))
        #expect(refused?.hasPrefix("space.yaml:2:19: ") == true, "\(refused ?? "accepted")")
        #expect(refused?.contains("halve_batch") == true)
    }

    @Test func `A batch that cannot be halved is refused before anything runs`() {
        for parameters in ["p: {value: 1}", "batch_size: {values: [8, 16]}"] {
            let refused = refusal(file("on_out_of_memory: halve_batch", parameters))
            #expect(
                refused
                    == "space.yaml:2:19: on_out_of_memory: a command cannot halve its batch: a program's batch is known only where both "
                    + "it and its accumulation are parameters; give gradient_accumulation_steps: {value: 1} beside batch_size; "
                    + "say infeasible, or leave it out")
        }
    }
}
