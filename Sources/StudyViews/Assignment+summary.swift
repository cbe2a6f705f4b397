package import SearchSpaces
import TrainerSettings

extension Assignment {
    /// Every parameter as name=value, sorted by name.
    package var summary: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ").printable
    }
}
