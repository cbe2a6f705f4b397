package import Tensors

// Norms whose weights are trained: before a pass they take over the values, and in the backward they leave their gradients.

extension LayerNorm {
    /// The same where what is trained has it.
    package func placed(_ name: String, in trained: TrainedTensors) -> LayerNorm {
        var norm = self
        norm.places = (trained[name + ".weight"], trained[name + ".bias"])
        return norm
    }

    package func pack(_ pass: Pass) {
        if let place = places.gamma { gamma.base.update(from: pass.parameters + place, count: size) }
        if let place = places.beta { beta.base.update(from: pass.parameters + place, count: size) }
    }

    /// - Parameters:
    ///   - x: what entered the norm [rows, size].
    ///   - dy: the gradient of its result, before it is overwritten.
    package func addGradients(_ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Int, _ pass: Pass) {
        guard let sums = pass.baseGradients else { return }
        if let place = places.gamma { pass.kernels.addGradient(of: self, x, dy: dy, rows: rows, to: sums + place) }
        if let place = places.beta {
            pass.kernels.addColumnSums(dy, stride: size, rows: rows, columns: size, to: sums + place)
        }
    }
}

extension RMSNorm {
    /// The same where what is trained has it.
    package func placed(_ name: String, in trained: TrainedTensors) -> RMSNorm {
        var norm = self
        norm.place = trained[name + ".weight"]
        return norm
    }

    package func pack(_ pass: Pass) {
        guard let place else { return }
        for i in 0..<size { gamma.base[i] = pass.parameters[place + i] + offset }
    }

    /// - Parameters:
    ///   - x: what entered the norm [rows, size].
    ///   - dy: the gradient of its result, before it is overwritten.
    package func addGradient(_ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Int, _ pass: Pass) {
        guard let place, let sums = pass.baseGradients else { return }
        pass.kernels.addGradient(of: self, x, dy: dy, rows: rows, to: sums + place)
    }
}
