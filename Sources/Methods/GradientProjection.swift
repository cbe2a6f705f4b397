package import Tensors

/// A change of some tensors' gradients before the optimizer's step: each row of one is multiplied by a matrix that stays.
///
/// With it the optimizer is PEFT's for LoRA-FA, as transformers' AdamW once was: its least denominator is 1e-6, uncorrected, and all decays,
/// after the step.
package struct GradientProjection: Sendable {
    package struct Part: Sendable {
        /// Where the tensor [rows, columns] begins.
        let start: Int
        let rows: Int
        /// [columns, columns], symmetric.
        let matrix: [Float]

        var columns: Int { Int(Double(matrix.count).squareRoot().rounded()) }
    }

    private let parts: [Part]

    init(_ parts: [Part]) { self.parts = parts }

    package static let epsilon = 1e-6

    /// - Parameter gradients: of all that is trained.
    package func apply(to gradients: Floats) {
        for part in parts {
            let columns = part.columns
            var row = [Float](repeating: 0, count: columns)
            for number in 0..<part.rows {
                let values = gradients + part.start + number * columns
                for column in 0..<columns {
                    row[column] = 0
                    for k in 0..<columns { row[column] += values[k] * part.matrix[column * columns + k] }
                }
                for column in 0..<columns { values[column] = row[column] }
            }
        }
    }
}
