/// What whoever loads an export in its program has to tell it.
package struct ModelUsage: Sendable, Hashable {
    /// What goes wrong unless it is known, a sentence each, without a stop.
    package internal(set) var notes: [String] = []
    /// For its card alone, a sentence each.
    package internal(set) var remarks: [String] = []
    /// To be run in the export's folder.
    package internal(set) var commands: [String] = []
}
