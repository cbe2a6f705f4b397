/// What BERT's normalizer does besides cleaning; its defaults are those of Hugging Face's BertTokenizer.
struct NormalizerFlags: Hashable {
    var lowercase = true
    /// nil: accents go when letters are lower-cased.
    var stripAccents: Bool?
    var separateIdeographs = true

    var stripsAccents: Bool { stripAccents ?? lowercase }
}

/// BERT's normalizer as Hugging Face's tokenizers have it: cleans, spaces out ideographs, strips accents, lower-cases.
struct BertNormalizer {
    private let lowercase: Bool
    private let stripAccents: Bool
    private let separateIdeographs: Bool
    /// By ASCII character: what it becomes, or ``dropped``.
    private let ascii: [UInt32]
    private static let dropped = UInt32.max

    init(_ flags: NormalizerFlags) {
        lowercase = flags.lowercase
        stripAccents = flags.stripsAccents
        separateIdeographs = flags.separateIdeographs
        let lowercase = lowercase
        ascii = (0..<128).map { (scalar: UInt32) in
            if ScalarClasses.isRemoved(scalar) { return Self.dropped }
            if ScalarClasses.isWhitespace(scalar) { return 0x20 }
            return lowercase && (0x41...0x5A).contains(scalar) ? scalar + 0x20 : scalar
        }
    }

    /// The normal form of some scalars.
    func normalize(_ scalars: ArraySlice<UInt32>) -> [UInt32] {
        var output = Output()
        output.scalars.reserveCapacity(scalars.count + 16)
        for scalar in scalars {
            if scalar >= 128 {
                normalize(scalar, into: &output)
            } else if ascii[Int(scalar)] != Self.dropped {
                output.flushMarks(lowercase)
                output.scalars.append(ascii[Int(scalar)])
            }
        }
        output.flushMarks(lowercase)
        return output.scalars
    }

    private func normalize(_ scalar: UInt32, into output: inout Output) {
        if ScalarClasses.isRemoved(scalar) { return }
        if ScalarClasses.isWhitespace(scalar) { return output.append(0x20, lowercase) }
        let apart = separateIdeographs && ScalarClasses.isIdeograph(scalar)
        if apart { output.append(0x20, lowercase) }
        if !stripAccents {
            output.append(scalar, lowercase)
        } else if ScalarClasses.isMark(scalar) {
            // A mark that is dropped still parts its neighbors when it has no combining class.
            if Unicode.Scalar(scalar)?.properties.canonicalCombiningClass == .notReordered { output.flushMarks(lowercase) }
        } else {
            ScalarClasses.decompose(scalar) { output.place($0, lowercase) }
        }
        if apart { output.append(0x20, lowercase) }
    }
}

extension BertNormalizer {
    private struct Output {
        var scalars: [UInt32] = []
        /// Marks that wait for their neighbors to be put in canonical order: by their classes, those of one class as they came.
        private var marks: [(scalar: UInt32, combiningClass: UInt8)] = []
        private var isSorted = true

        /// Appends in canonical order, for decomposed texts.
        mutating func place(_ scalar: UInt32, _ lowercase: Bool) {
            let combiningClass = ScalarClasses.combiningClass(scalar)
            if combiningClass == 0 { return append(scalar, lowercase) }
            isSorted = isSorted && marks.last.map { $0.combiningClass <= combiningClass } ?? true
            marks.append((scalar, combiningClass))
        }

        mutating func append(_ scalar: UInt32, _ lowercase: Bool) {
            flushMarks(lowercase)
            appendFolded(scalar, lowercase)
        }

        mutating func flushMarks(_ lowercase: Bool) {
            guard !marks.isEmpty else { return }
            if !isSorted {
                marks = marks.enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }.map(\.element)
            }
            for mark in marks { appendFolded(mark.scalar, lowercase) }
            marks.removeAll(keepingCapacity: true)
            isSorted = true
        }

        private mutating func appendFolded(_ scalar: UInt32, _ lowercase: Bool) {
            guard lowercase, let properties = Unicode.Scalar(scalar)?.properties, properties.changesWhenLowercased else {
                return scalars.append(scalar)
            }
            scalars.append(contentsOf: properties.lowercaseMapping.unicodeScalars.lazy.map(\.value))
        }
    }
}
