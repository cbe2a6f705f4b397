import ArgumentParser
import Foundation
import TrainerSettings

/// What a path on the command line can be that is not meant.
enum PathArguments {
    /// - Throws: `ValidationError` where a path begins with a `~` that no shell has expanded, as in `--studies=~/studies`.
    static func requireExpanded(_ path: String?, option: String) throws {
        guard let path, path == "~" || path.hasPrefix("~/") else { return }
        throw ValidationError(
            "\(option) \(path): '~' stands for the home folder only where the shell expands it; write \(option) \"$HOME\(path.dropFirst())\""
        )
    }

    /// Ends the process where an argument is not UTF-8: another file than the one named would be read or written.
    static func requireText() {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = CommandLine.unsafeArgv[number], String(validatingCString: word) == nil else { continue }
            Console.error(
                "autolora: argument \(number), '\(String(cString: word))', is not UTF-8; rename the file or folder that it names"
            )
            exit(2)
        }
    }
}
