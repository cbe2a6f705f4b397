/// What a trial's environment says of its devices, so that it sees them and no others.
enum DeviceEnvironment {
    /// By UUID: numbers would depend on an order that a program may choose, and on what this process was itself restricted to.
    static func variables(for devices: [Device]) -> [String: String?] {
        let list = devices.map(\.selector).joined(separator: ",")
        var variables: [String: String?] = ["AUTOLORA_GPUS": devices.map(\.identifier).joined(separator: ",")]
        switch devices.first?.vendor {
        case .nvidia?:
            variables["CUDA_VISIBLE_DEVICES"] = list
            variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        case .amd?:
            // One of the three alone: the others would count within it, and what this process inherited counted otherwise.
            variables["ROCR_VISIBLE_DEVICES"] = list
            for other in ["HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"] {
                variables.updateValue(nil, forKey: other)
            }
        case nil:
            for name in ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"] { variables[name] = "" }
        }
        return variables
    }
}
