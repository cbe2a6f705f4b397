import SearchSpaces
package import TrainerSettings

/// YAML as plain values, for files that are no space file but follow the same rules for scalars.
package enum YAMLValues {
    /// The single document of a text; `1e-5` is a number in it.
    ///
    /// - Parameter file: the name that messages give.
    package static func read(_ text: String, file: String) throws(SpaceFileError) -> SettingValue {
        do throws(SpaceFileError) {
            return try LocatedValue(yaml: text).value
        } catch {
            throw error.inFile(file)
        }
    }
}
