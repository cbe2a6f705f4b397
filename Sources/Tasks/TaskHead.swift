package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// What a task puts on a backbone's rows: it is trained with the adapter and saved in its folder. It knows no architecture and no
/// tuning method.
package protocol TaskHead: Sendable {
    /// What PEFT's adapter_config.json calls the task: "SEQ_CLS".
    static var peftTaskType: String { get }

    /// Which rows of the backbone it works on.
    static var rows: RowSelection { get }

    /// What a model lacks that the head works with, in words; nil: nothing.
    static func lack(of model: any BackboneConfiguration) -> String?

    /// Numbers that it gives for each row: of a classifier one for each class.
    var outputCount: Int { get }
    /// What its outputs are called where they are classes.
    var labelNames: [String] { get }
    /// What it trains; none where the model's own head is used.
    func parameters(on model: any BackboneConfiguration) -> [ParameterSpec]
    /// - Throws: `CheckpointError` where the model lacks what the head works with.
    func attached(
        to model: any Backbone, in layout: ParameterLayout, kernels: Kernels
    ) throws(CheckpointError) -> any AttachedHead

    /// - Throws: `BatchError` for targets that are not one for each row, or mean nothing.
    func check(_ targets: Targets, rowCount: Int) throws(BatchError)

    /// What the sum of all rows' losses is divided by: rows, unless some count more than others.
    func whole(of targets: Targets, rowCount: Int) -> Double

    /// Its own keys of adapter_config.json.
    var peftValues: [String: SettingValue] { get }
    /// What the config.json of a whole model says of it.
    func modelValues(on model: any BackboneConfiguration) -> [String: SettingValue]
    /// What it puts into a whole model's folder.
    func modelFiles() throws -> [FolderFile]
    /// What it puts into the adapter's folder beside PEFT's files.
    func files() throws -> [FolderFile]
    /// Whether the rows of one of its tensors are its outputs, one each.
    ///
    /// - Parameter tensor: as an adapter's file names it.
    func hasOutputRows(_ tensor: String, on model: any BackboneConfiguration) -> Bool
    /// Where in an adapter that is read each row of these tensors stands: of class 0, class 1 ...; nil: in the same place.
    ///
    /// - Throws: `CheckpointError` where the adapter was made for something else.
    func rowOrder(in adapterFolder: String) throws(CheckpointError) -> [Int]?
    /// Checks what ``files()`` wrote beside these tensors.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    static func verify(adapterFolder: String, _ tensors: SafetensorsFile) throws(CheckpointError)
}

extension TaskHead {
    package static func lack(of model: any BackboneConfiguration) -> String? { nil }
    package var rows: RowSelection { Self.rows }
    package func modelValues(on model: any BackboneConfiguration) -> [String: SettingValue] { [:] }
    package func modelFiles() throws -> [FolderFile] { try files().filter { $0.name != "README.md" } }
    package var labelNames: [String] { [] }
    package func whole(of targets: Targets, rowCount: Int) -> Double { Double(rowCount) }

    package func hasOutputRows(_ tensor: String, on model: any BackboneConfiguration) -> Bool {
        parameters(on: model).contains { $0.name == tensor && $0.shape.first == outputCount }
    }
}

extension AttachedHead {
    package var memory: Int { 0 }
}

/// A head that computes: forward beside backward. It is shared by all threads, each of which has scratch of its own.
package protocol AttachedHead: AnyObject {
    /// Floats that it needs for a moment.
    func scratchCount(rows: Int) -> Int
    /// What it packs of the parameters, in bytes.
    var memory: Int { get }
    /// Takes over the parameters as they are now; before the passes that follow a change.
    func pack(_ pass: Pass)
    /// What is evaluated, [rows, ``TaskHead/outputCount``].
    ///
    /// - Parameter targets: one for each row of the whole batch; where they are none, what the head gives without them.
    func forward(_ hidden: HiddenRows, targets: Targets, into outputs: Floats, scratch: Floats, pass: Pass)
    /// Forward and backward: overwrites its own gradients and the rows' (where there is room for them).
    ///
    /// - Parameters:
    ///   - targets: one for each row of the whole batch.
    ///   - weight: what a row's loss counts; for the mean 1 / ``TaskHead/whole(of:rowCount:)``.
    /// - Returns: the sum of the rows' losses.
    func step(
        _ hidden: HiddenRows, targets: Targets, weight: Float, scratch: Floats, pass: Pass
    ) -> Double
}
