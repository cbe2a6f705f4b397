/// What the model has to answer: a number for each row that the head works on. A task uses one of the two kinds.
package struct Targets: Sendable, Hashable {
    /// The number of a class.
    package private(set) var classes: [Int32] = []
    /// A measure.
    package private(set) var values: [Float] = []
    /// Where the numbers of each text begin, and one more; none: each text has one.
    private(set) var starts: [Int] = []

    package init(classes: [Int32] = [], values: [Float] = []) {
        (self.classes, self.values) = (classes, values)
    }

    /// - Parameter counts: how many of the numbers each text has.
    package init(classes: [Int32], counts: [Int]) {
        self.classes = classes
        starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        precondition(starts.last == classes.count)
    }

    /// In bytes.
    var memory: Int { (classes.count + values.count) * MemoryLayout<Float>.stride + starts.count * MemoryLayout<Int>.stride }

    /// How many there are for each text; none: one each.
    package var counts: [Int] { zip(starts, starts.dropFirst()).map { $1 - $0 } }

    /// Those of one text, among ``classes`` or ``values``.
    func places(of text: Int) -> Range<Int> { starts.isEmpty ? text..<text + 1 : starts[text]..<starts[text + 1] }

    /// Those of the texts with these numbers.
    package func of(_ indices: some Sequence<Int>) -> Targets {
        var part = Targets()
        if !starts.isEmpty { part.starts.append(0) }
        for index in indices {
            let places = places(of: index)
            if !classes.isEmpty { part.classes += classes[places] }
            if !values.isEmpty { part.values += values[places] }
            if !starts.isEmpty { part.starts.append(part.classes.count) }
        }
        return part
    }
}
