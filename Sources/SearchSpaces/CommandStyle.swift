/// How a configuration's lists and booleans stand in `${args}`.
package struct CommandStyle: Sendable, Hashable {
    package var lists = Lists.json
    package var booleans = Booleans.value

    package enum Lists: String, Sendable, CaseIterable {
        /// `--x=["a","b"]`
        case json
        /// `--x=a --x=b`
        case `repeat`
        /// `--x a b`
        case space
        /// `--x=a,b`
        case comma
    }

    package enum Booleans: String, Sendable, CaseIterable {
        /// `--x=True`
        case value
        /// `--x`, and nothing for false.
        case flag
        /// `--x`, and `--no-x` for false.
        case noPrefix = "no-prefix"
    }

    package init() {}
}
