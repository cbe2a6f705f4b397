/// What a tuning method takes away from frozen layers before they are packed: of a site's weight W a product of low rank, scale B A.
package struct BaseChange: Sendable {
    package struct Part: Sendable {
        package let scale: Float
        /// [rank, inputs]
        package let a: [Float]
        /// [outputs, rank]
        package let b: [Float]

        package init(scale: Float, a: [Float], b: [Float]) { (self.scale, self.a, self.b) = (scale, a, b) }
    }

    /// By the sites' names.
    package let parts: [String: Part]

    package init(_ parts: [String: Part]) { self.parts = parts }

    /// Of a model that is only planned.
    package static let planned = BaseChange([:])

    /// W - scale B A [outputs, inputs]; nil: the site's weight stays as it is.
    package func changed(_ weight: UnsafeBufferPointer<Float>, of site: Site) -> [Float]? {
        guard let part = parts[site.name] else { return nil }
        precondition(weight.count == site.inputs * site.outputs, "a weight of another site")
        let rank = part.b.count / site.outputs
        var result = Array(weight)
        for output in 0..<site.outputs {
            for k in 0..<rank {
                let factor = part.scale * part.b[output * rank + k]
                for input in 0..<site.inputs {
                    result[output * site.inputs + input] -= factor * part.a[k * site.inputs + input]
                }
            }
        }
        return result
    }
}
