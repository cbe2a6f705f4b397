#if LIBFUZZER
    import Foundation

    /// libFuzzer's entry, in a program of its own build: the format that AUTOLORA_FUZZ_FORMAT names reads what it makes of a corpus.
    private let target: any Format = {
        let name = ProcessInfo.processInfo.environment["AUTOLORA_FUZZ_FORMAT"] ?? ""
        guard let kind = Formats.named(name), let scratch = try? Scratch(), let format = try? kind.init(folder: scratch.path)
        else {
            fatalError("AUTOLORA_FUZZ_FORMAT names no format: '\(name)'")
        }
        // The folder stays as long as the process.
        _ = Unmanaged.passRetained(scratch)
        return format
    }()

    @_cdecl("LLVMFuzzerTestOneInput")
    public func readOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do { try target.read(Array(UnsafeBufferPointer(start: start, count: count))) } catch {}
        return 0
    }
#endif
