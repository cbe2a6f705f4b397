/// A graphics processor of this machine, or an instance that one was divided into (MIG).
package struct Device: Sendable, Hashable {
    package enum Vendor: String, Sendable, Hashable { case nvidia, amd }

    package var vendor: Vendor
    /// As its maker's tool counts; of an instance, that of its board.
    package var index: Int
    /// Its UUID.
    package var identifier: String
    /// The UUID of the board that an instance is a part of; nil: it is whole.
    package var board: String?
    package var name: String
    /// Bytes in all and in use; nil: the tool does not tell.
    package var memory: Int?
    package var used: Int?
    /// Percent of the time in which it worked; nil: the tool does not tell.
    package var utilization: Int?
    package var sharing = Sharing.allowed
    /// Those that the tool sees; in a container it sees none.
    package var processes: [DeviceProcess] = []
    /// How the variable that restricts a process's devices calls it.
    package var selector: String

    /// How many processes may use it at once, as its administrator has set it.
    package enum Sharing: Sendable, Hashable { case allowed, oneProcess, prohibited }

    package init(_ vendor: Vendor, index: Int, identifier: String, name: String) {
        self.vendor = vendor
        self.index = index
        self.identifier = identifier
        self.name = name
        selector = identifier
    }

    /// For people: its number or, of an instance, its UUID.
    package var label: String { board == nil ? "\(index)" : identifier }
}

/// A process that computes on a device.
package struct DeviceProcess: Sendable, Hashable {
    package var number: Int
    package var name: String
    /// Bytes; nil: the tool does not tell.
    package var used: Int?

    package init(number: Int, name: String, used: Int? = nil) {
        self.number = number
        self.name = name
        self.used = used
    }
}

/// The devices of this machine, as far as they can be known.
package struct DeviceListing: Sendable, Hashable {
    /// Those that a trial can be given.
    package var devices: [Device] = []
    /// Those that a variable of this process's environment keeps from it.
    package var hidden: [Device] = []
    /// What kept some from being listed, in words.
    package var problems: [String] = []

    package init() {}
}
