import Foundation
import Testing
import TrainerSettings

@testable import Trainers

/// docs/trainers.md is held against the table of settings.
@Suite struct ExternalDocumentationTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/trainers.md").standardizedFileURL

    private static func line(_ setting: ExternalSetting) -> String {
        let usual = setting.usual.map { "`\($0)`" } ?? setting.open ?? ""
        let cells = ["`\(setting.name)`", usual, setting.row.meaning] + Dialect.all.map { cell(setting.name, $0) }
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    private static func cell(_ setting: String, _ dialect: Dialect) -> String {
        // It is resolved into the alpha.
        guard let spelling = dialect[setting == "alpha_over_r" ? "lora_alpha" : setting] else { return "-" }
        return spelling.isTold
            ? "yes" : spelling.keys.isEmpty ? "always" : spelling.keys.map { "`\($0)`" }.joined(separator: ", ")
    }

    @Test func `docs/trainers.md has the settings as the table has them`() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let rows = text.split(separator: "\n").map(String.init).drop { !$0.hasPrefix("| Setting") }
            .prefix { $0.hasPrefix("|") }
        let header = "| Setting | Default | What it is | " + Dialect.all.map(\.type).joined(separator: " | ") + " |"
        let rule = "|" + String(repeating: " --- |", count: 3 + Dialect.all.count)
        let wanted = [header, rule] + ExternalSetting.all.map(Self.line)
        #expect(Array(rows) == wanted, "docs/trainers.md should have this table:\n\(wanted.joined(separator: "\n"))")
    }

    @Test func `every spelling is of a setting, and no two trainers share a type`() {
        for dialect in Dialect.all {
            for spelling in dialect.spellings { #expect(ExternalSetting.named(spelling.setting) != nil, "\(spelling.setting)") }
            #expect(Set(dialect.spellings.map(\.setting)).count == dialect.spellings.count, "\(dialect.type)")
            #expect(dialect.forbidden.isSubset(of: dialect.reserved.keys), "\(dialect.type)")
            for name in dialect.reasons.keys { #expect(ExternalSetting.named(name) != nil && dialect[name] == nil, "\(name)") }
        }
        #expect(Set(Dialect.all.map(\.type)).count == Dialect.all.count)
    }

    @Test func `no setting of ours is another's name, and every other name leads to one`() {
        for setting in ExternalSetting.all where setting.row.isPlanned {
            #expect(setting.row.otherNames.isDisjoint(with: ExternalSetting.all.map(\.name)), "\(setting.name)")
        }
    }
}
