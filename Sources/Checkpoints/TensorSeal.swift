/// A checksum over a file's tensors, their names, shapes and bytes, as a text of its metadata that others pass over.
package enum TensorSeal {
    package static let key = "autolora_checksum"

    /// Always of the same length, so that the file's size can be told before its tensors are known.
    static func text(_ sum: UInt64) -> String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func add(_ name: String, _ shape: [Int], _ bytes: UnsafeRawBufferPointer, to sum: UInt64) -> UInt64 {
        Checksum.of(bytes, seed: Checksum.of("\(name) \(shape)", seed: sum))
    }

    /// The metadata of a file with tensors that are not known yet.
    package static func blank(_ metadata: [String: String]) -> [String: String] {
        metadata.merging([key: text(0)]) { $1 }
    }

    /// The metadata with the seal of these tensors.
    package static func seal(_ metadata: [String: String], of tensors: [SafetensorsWriter.Tensor]) -> [String: String] {
        let sum = tensors.sorted { $0.name < $1.name }.reduce(0 as UInt64) { sum, tensor in
            tensor.withBytes { add(tensor.name, tensor.shape, $0, to: sum) }
        }
        return metadata.merging([key: text(sum)]) { $1 }
    }
}

extension SafetensorsFile {
    /// Whether the tensors are those that the file was sealed with; true also where it has no seal.
    package var isAsSealed: Bool {
        guard let seal = metadata[TensorSeal.key] else { return true }
        let sum = entries.sorted { $0.key < $1.key }.reduce(0 as UInt64) { sum, entry in
            TensorSeal.add(
                entry.key, entry.value.shape, UnsafeRawBufferPointer(rebasing: file.bytes[entry.value.range]), to: sum)
        }
        return seal == TensorSeal.text(sum)
    }
}
