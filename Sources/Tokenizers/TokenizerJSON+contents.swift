import FoundationEssentials
import TrainerSettings

extension TokenizerJSON {
    /// The file's parts as they are written, whatever the kind of the tokenizer.
    struct Contents {
        let path: String
        /// Valid JSON.
        let bytes: [UInt8]
        /// What kind of tokenizer it is; nil: the file does not say.
        private(set) var modelType: String?
        /// Where the values of the file's members are.
        private var ranges: [String: Range<Int>] = [:]

        /// - Throws: ``TokenizerError`` for a file that cannot be read.
        init(file path: String) throws(TokenizerError) {
            self.path = path
            bytes = try Self.bytes(file: path)
            try readType()
        }

        /// A file's valid JSON.
        ///
        /// - Throws: ``TokenizerError`` for a file that cannot be read.
        static func bytes(file path: String) throws(TokenizerError) -> [UInt8] {
            do {
                var data = try RegularFile.read(path, atMost: JSONInput.largest)
                if data.starts(with: [0xEF, 0xBB, 0xBF]) { data = Data(data.dropFirst(3)) }
                try JSONInput.check(data, of: path)
                return Array(data)
            } catch let error as JSONInputError {
                throw TokenizerError(place: error.place, problem: error.problem)
            } catch {
                throw TokenizerError(place: path, problem: (error as? RegularFileError)?.problem ?? "\(error)")
            }
        }

        private mutating func readType() throws(TokenizerError) {
            var cursor = JSONCursor(bytes, at: 0)
            var found: [String: Range<Int>] = [:]
            cursor.members { found[String(decoding: $0, as: UTF8.self)] = $1 }
            ranges = found
            var type: Range<Int>?
            var model = JSONCursor(bytes, at: found["model"]?.lowerBound ?? bytes.count)
            let isObject = model.members { name, value in
                if name.elementsEqual("type".utf8) { type = value }
            }
            var text: [UInt8] = []
            var value = JSONCursor(bytes, at: type?.lowerBound ?? bytes.count)
            if isObject, value.string(into: &text) {
                modelType = String(decoding: text, as: UTF8.self)
            } else {
                // It says what is wrong, if anything is.
                _ = try decode(File.self)
            }
        }

        /// The file as a whole.
        func decode<Value: Decodable>(_ type: Value.Type) throws(TokenizerError) -> Value { try decode(type, 0..<bytes.count) }

        private func decode<Value: Decodable>(_ type: Value.Type, _ range: Range<Int>) throws(TokenizerError) -> Value {
            do throws(JSONInputError) {
                return try JSONInput.decode(type, from: Data(bytes[range]), of: path)
            } catch {
                throw TokenizerError(place: error.place, problem: error.problem)
            }
        }

        /// Where a member's value is; nil: there is none.
        func range(of name: String) -> Range<Int>? { ranges[name] }

        /// A member's value; nil: there is none.
        func value(of name: String) throws(TokenizerError) -> SettingValue? {
            guard let range = ranges[name] else { return nil }
            return try decode(SettingValue.self, range)
        }

        func addedTokens() throws(TokenizerError) -> [StatedToken] {
            guard let range = ranges["added_tokens"] else { return [] }
            return try decode([StatedToken]?.self, range) ?? []
        }
    }
}
