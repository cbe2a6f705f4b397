import Foundation

/// The user's browser.
enum Browser {
    /// Opens an address in it, or says that there is no way to.
    static func open(_ address: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["xdg-open", address]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        process.terminationHandler = { ended in
            if ended.terminationStatus != 0 { Console.error("no browser could be opened; open the address yourself") }
        }
        do { try process.run() } catch { Console.error("no browser could be opened; open the address yourself") }
    }
}
