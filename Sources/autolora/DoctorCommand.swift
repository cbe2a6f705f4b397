import ArgumentParser
import Finetuning
import Foundation
import Strategies
import StudyStore
import Tensors
import TrainerSettings
import Trainers
import TrialRunners

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tells what this machine offers, and what slows it down.")

    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await failing {
            let environment = ProcessInfo.processInfo.environment
            var warnings: [String] = []
            do { try OpenBLAS.load() } catch { warnings.append("\(error)") }
            if let core = environment["OPENBLAS_CORETYPE"] {
                warnings.append(
                    "OPENBLAS_CORETYPE=\(core) forces a processor core on OpenBLAS; unset it to let it choose the fastest")
            }
            if let kernels = environment["AUTOLORA_KERNELS"] {
                let known = Kernels.available.contains { $0.name == kernels }
                warnings.append(
                    known
                        ? "AUTOLORA_KERNELS=\(kernels) forces the trainer's kernels; unset it to let it choose the fastest"
                        : "AUTOLORA_KERNELS=\(kernels) names no kernels that this processor has; \(Kernels.current.name) are used"
                )
            }
            let machine = try DeviceSetup.machine()
            let devices = DeviceReport(await machine.list(), of: machine)
            let automatic = WeightPrecision(.auto)
            let cores = ProcessInfo.processInfo.activeProcessorCount
            guard !json else {
                return Console.print(
                    json: .object([
                        "version": .string(AutoLoRA.version),
                        "cpu": .object(["name": .string(Self.processor()), "cores": .int(cores)]),
                        "blas": .object([
                            "library": .string(OpenBLAS.version ?? "none"), "core": .string(OpenBLAS.coreName ?? "none"),
                            "threads": .int(ComputeThreads.count),
                        ]),
                        "kernels": .object([
                            "used": .string(Kernels.current.name),
                            "available": .array(Kernels.available.map { .string($0.name) }),
                            "precision": .string(automatic.rawValue),
                        ]),
                        "gpus": devices.json,
                        "sqlite": .string(StudyStore.sqliteVersion),
                        "warnings": .array((warnings + devices.problems).map(SettingValue.string)),
                    ]))
            }
            Console.print("autolora  \(AutoLoRA.version)")
            Console.print("processor \(Self.processor()), \(cores) cores")
            Console.print("kernels   \(Kernels.current.name), of \(Kernels.available.map(\.name).joined(separator: ", "))")
            Console.print("precision \(automatic.rawValue), where it is auto")
            Console.print("BLAS      \(OpenBLAS.version ?? "none"), core \(OpenBLAS.coreName ?? "none")")
            Console.print("SQLite    \(StudyStore.sqliteVersion)")
            for line in devices.lines { Console.print(line.kind.padded(10) + line.text) }
            for warning in warnings + devices.problems { Console.print("warning: \(warning)") }
        }
    }

    private static func processor() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
    }
}
