/// What many threads read at once and none changes any more: whoever makes one answers for that.
package struct ReadOnly<Value>: @unchecked Sendable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
}
