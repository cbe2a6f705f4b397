/// Why a trial's model cannot be had in a form, with what to do next, in one line.
package struct ConversionError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
