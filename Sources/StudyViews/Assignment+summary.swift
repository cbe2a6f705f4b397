package import SearchSpaces
import TrainerSettings

extension Assignment {
    /// Every parameter as name=value, sorted by name.
    package var summary: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ").printable
    }

    /// The same at the end of a sentence: ": r=8", or nothing where no parameter is given.
    package var clause: String { values.isEmpty ? "" : ": " + summary }
}
