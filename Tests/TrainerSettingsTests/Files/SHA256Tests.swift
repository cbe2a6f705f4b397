import Foundation
import Testing

@testable import TrainerSettings

/// FIPS 180-4's examples, and texts about a block's length (sums by coreutils' sha256sum).
@Suite struct SHA256Tests {
    private func digest(_ text: String, by step: Int = .max) -> String {
        var (hash, bytes) = (SHA256(), Array(text.utf8)[...])
        while !bytes.isEmpty {
            hash.update(bytes.prefix(step))
            bytes = bytes.dropFirst(step)
        }
        return hash.digest
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `sums are the standard's`(text: String, expected: String) {
        #expect(digest(text) == expected)
        #expect(digest(text, by: 3) == expected)
    }

    @Test func `sums do not hang on how the bytes come`() {
        for length in [55, 56, 63, 64, 65, 119, 120, 128, 1000] {
            let text = String(repeating: "x", count: length)
            #expect(digest(text) == digest(text, by: 7))
        }
        #expect(
            digest(String(repeating: "a", count: 1_000_000), by: 999)
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a file's sum is its bytes'`() throws {
        let path = NSTemporaryDirectory() + "sha-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("abc".utf8).write(to: URL(filePath: path))
        #expect(try SHA256.digest(of: path) == digest("abc"))
        #expect(throws: RegularFileError.self) { try SHA256.digest(of: path + "-none") }
    }
}
