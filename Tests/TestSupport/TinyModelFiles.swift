import Foundation

extension TemporaryFolder {
    /// Puts a tiny random BERT of three layers into `model/`, and `train.jsonl` beside it.
    package func addTinyModel() throws {
        let tests = String(#filePath.dropLast("/TestSupport/TinyModelFiles.swift".count))
        try FileManager.default.copyItem(atPath: tests + "/BackbonesTests/Fixtures/tiny-bert", toPath: path + "/model")
        for (file, name) in [("vocab.txt", "model/vocab.txt"), ("train.jsonl", "train.jsonl")] {
            let source = tests + "/FinetuningTests/Fixtures/golden/" + file
            try FileManager.default.copyItem(atPath: source, toPath: path + "/" + name)
        }
    }
}
