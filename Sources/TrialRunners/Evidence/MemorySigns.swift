import Studies

/// What a log says of a want of memory: words that programs and libraries print when they cannot go on for it. A text that only
/// mentions memory (a warning, advice, a setting's name, a source line) is none.
struct MemorySigns {
    typealias Place = TrialLife.Shortage.Memory.Place

    struct Sign {
        let place: Place
        /// The words themselves.
        let words: String
        /// The line that has them, as it is shown.
        let line: String
    }

    private let log: LogEnd

    init(_ log: LogEnd) { self.log = log }

    /// nil: it says nothing of the kind, or the program went on after it.
    var sign: Sign? {
        for place in log.places(holding: Self.fragments) {
            guard let sign = Self.sign(in: log.lines[place].plain, isLast: place >= log.last) else { continue }
            return isTheEnd(place) ? sign : nil
        }
        return nil
    }

    /// Each text that is taken for a sign holds one of them.
    private static let fragments = [
        "emory", "lloc", "LLOC", "MEM", "XHAUSTED", "OOM", "oom", "<torch_", "</torch_", "Bus error", "OUT_OF_",
    ]

    private static func sign(in line: Substring, isLast: Bool) -> Sign? {
        for (place, pattern) in [(Place.device, device), (.device, exception), (.shared, shared), (.host, host)] {
            if let words = match(pattern, in: line) { return Sign(place: place, words: words, line: TellingLine.text(line)) }
        }
        guard isLast, let words = match(loose, in: line) else { return nil }
        let isDevice = line.firstMatch(of: /(?i)\b(cuda|gpu|hip|vram|metal|mps|xpu|device)\b/) != nil
        return Sign(place: isDevice ? .device : .host, words: words, line: TellingLine.text(line))
    }

    private static func match(_ pattern: Regex<Substring>, in line: Substring) -> String? {
        guard let match = line.firstMatch(of: pattern) else { return nil }
        let (before, after) = (line[..<match.range.lowerBound], line[match.range.upperBound...].prefix(80))
        guard before.replacing(failure, with: "").firstMatch(of: mention) == nil else { return nil }
        // An exception may well end in advice: it was raised all the same.
        guard PythonException(line) != nil || after.firstMatch(of: survival) == nil else { return nil }
        return String(match.output)
    }

    // MARK: - Their words

    private static var device: Regex<Substring> {
        /(?:CUDA|HIP|XPU|NPU|MPS|Metal|ROCm)\]?(?::| backend| (?:driver |runtime )?error:)? out of memory|[A-Z]+_STATUS_ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|hipErrorOutOfMemory|kIOGPUCommandBufferCallbackErrorOutOfMemory|Insufficient Memory \(|RESOURCE_EXHAUSTED: (?:Out of memory|Failed to allocate|OOM)|OOM when allocating tensor|(?:cuda|hip)Malloc\w*(?:\(.*\))? failed: out of memory|(?:NCCL WARN )?Cuda failure (?:\d+ )?'out of memory'|\[metal::malloc\] (?:Unable|Attempting) to allocate|UR_RESULT_ERROR_OUT_OF_(?:DEVICE_MEMORY|HOST_MEMORY|RESOURCES)|PI_ERROR_OUT_OF_(?:DEVICE_MEMORY|RESOURCES)/
    }

    /// Where its words tell no more: what comes after the name may be cut off, or in quotes.
    private static var exception: Regex<Substring> { /(?:torch|cupy)(?:\.\w+)*\.OutOfMemoryError\b/ }

    private static var shared: Regex<Substring> {
        /killed by signal: Bus error|insufficient shared memory|unable to allocate shared memory|unable to (?:write to|resize) file <\/?torch_|unable to mmap \d+ bytes from file <\/?torch_/
    }

    private static var host: Regex<Substring> {
        /DefaultCPUAllocator: (?:can't allocate|not enough) memory|\b_?(?:Array)?MemoryError(?=: |:?$)|std::bad_alloc|memory allocation of \d+ bytes failed|\[Errno 12\]|\[malloc(?:_or_wait)?\] Unable to allocate|heap out of memory|java\.lang\.OutOfMemoryError|[Dd]etected \d+ oom[_-]kill event|Exceeded (?:job|step) memory limit/
    }

    /// Of the very end alone.
    private static var loose: Regex<Substring> {
        /[Cc]annot allocate memory|[Oo]ut ?[Oo]f ?[Mm]emory|[Mm]emory exhausted|[Cc]ould not allocate|[Ff]ailed to allocate|[Nn]ot enough memory/
    }

    /// Before the words: they are advice, a warning, a condition or a program's text, and nothing that has happened.
    private static var mention: Regex<Substring> {
        /(?i)\b(?:avoid|prevent|warn|warning|userwarning|might|may|could|would|can|if|when|unless|in case|risk|hint|tip|info|debug|caught|catch|except|handle|handling|against|not|without|never|retry|instead|search for)\b|^\s*(?:#|\/\/|--?\w)|(?:^|\s)(?:print|assert|raise|return)\b *\(?|["']\s*$/
    }

    /// Words that `mention` has too, and that tell of what did happen.
    private static var failure: Regex<Substring> { /(?i)\b(?:could|can|did|does|is|was) ?n[o']t\b/ }

    /// After them: the program goes on.
    private static var survival: Regex<Substring> {
        /(?i)\b(?:skip|skipping|skipped|retry|retrying|again|reduce|reducing|recover|recovered|recovering|falling back|ignored|ignoring|continue|continuing|going on)\b/
    }

    // MARK: - Words that a full device is behind among others

    /// What a library of the device says where it cannot begin to work: with a full device, and for other reasons too.
    ///
    /// - Returns: nil where the log says nothing of the kind, or the program went on after it.
    var hint: String? {
        for place in log.places(holding: Self.hintFragments, from: log.last) {
            let line = log.lines[place].plain
            guard PythonException(line) != nil, let match = line.firstMatch(of: Self.beginning) else { continue }
            return isTheEnd(place) ? String(match.output) : nil
        }
        return nil
    }

    private static let hintFragments = ["Create(handle)", "_INTERNAL_ERROR"]

    private static var beginning: Regex<Substring> {
        /cu(?:BLAS|blas|solver|sparse|rand|FFT|DNN)\w*Create\(handle\)|(?:CUDNN_STATUS|CUFFT)_INTERNAL_ERROR/
    }

    // MARK: - What came after them

    /// Whether nothing after a line says that the program went on and failed of something else.
    private func isTheEnd(_ place: Int) -> Bool {
        let rank = PythonException(log.lines[place].plain)?.rank
        for line in log.lines[(place + 1)...] {
            // A report; where several processes print into one log it may be another one's.
            if line.first == "{", rank == nil { return false }
            if line.hasPrefix("During handling of the above exception") || line.hasPrefix("The above exception was the direct")
            {
                return true
            }
            guard line.holds(PythonException.fragments), let other = PythonException(line.plain) else { continue }
            if !other.isAnothers, other.rank == nil || other.rank == rank { return false }
        }
        return true
    }
}
