/// The Python programs that trials run, as they go with the binary.
package enum ProgramText {
    static let bridge = text(PackageResources.bridge_py)
    static let helper = text(PackageResources.autolora_trial_py)
    static let mlxDriver = text(PackageResources.bridge_mlx_py)
    static let script = text(PackageResources.peft_train_py)
    /// Runs an exported model in the program that it is for.
    package static let verifier = text(PackageResources.verify_export_py)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
