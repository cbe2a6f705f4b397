import SearchSpaces
import TrainerSettings

extension LocatedValue {
    /// Refuses what a study could not keep: a value must read back as the one that was tried.
    ///
    /// - Parameter name: whose value it is, for the message.
    func requireKeepable(of name: String, depth: Int = 0) throws(SpaceFileError) {
        guard depth <= SettingValue.deepestKept else {
            throw SpaceFileError(at: position, "\(name) is nested deeper than \(SettingValue.deepestKept) levels")
        }
        switch content {
        case .scalar(.double(let number), _) where number.isNaN:
            throw SpaceFileError(
                at: position,
                "\(name) has \(found), which is equal to no value, not even to itself, so no trial could be found by it")
        case .scalar: return
        case .sequence(let elements):
            for element in elements { try element.requireKeepable(of: name, depth: depth + 1) }
        case .mapping(let entries):
            for entry in entries { try entry.value.requireKeepable(of: name, depth: depth + 1) }
        }
    }
}
