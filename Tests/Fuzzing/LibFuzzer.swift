#if LIBFUZZER
    import Foundation

    /// libFuzzer in place of ``FuzzCommand``, in a build of its own: the format that AUTOLORA_FUZZ_FORMAT names reads what
    /// libFuzzer makes of a corpus by coverage.
    enum LibFuzzer {
        nonisolated(unsafe) private static let format: (value: any Format, folder: Scratch) = {
            let name = ProcessInfo.processInfo.environment["AUTOLORA_FUZZ_FORMAT"] ?? ""
            guard let kind = Formats.named(name), let folder = try? Scratch(), let value = try? kind.init(folder: folder.path)
            else { fatalError("AUTOLORA_FUZZ_FORMAT names no format: '\(name)'") }
            return (value, folder)
        }()

        static func main() -> Never {
            var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
            exit(runDriver(&count, &arguments, readOneInput))
        }

        static func read(_ input: [UInt8]) { try? format.value.read(input) }
    }

    /// Under the name that libFuzzer's own main refers to, too.
    @_cdecl("LLVMFuzzerTestOneInput")
    func readOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        LibFuzzer.read(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }

    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ readOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt
#endif
