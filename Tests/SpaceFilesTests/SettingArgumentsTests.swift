import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

@Suite struct SettingArgumentsTests {
    @Test func `values are what a space file has`() throws {
        let settings = ["r=8", "rate=1e-3", "modules=[query, value]", "kind=a=b", "flag=true", "none=null", "text='8'"]
        let assignment = try Assignment(settings: settings)
        #expect(
            assignment == [
                "r": .int(8), "rate": .double(1e-3), "modules": .array([.string("query"), .string("value")]),
                "kind": .string("a=b"), "flag": .bool(true), "none": .null, "text": .string("8"),
            ])
    }

    @Test(arguments: [
        (["r"], "--set r: write name=value, such as r=8"), (["=8"], "--set =8: write name=value, such as r=8"),
        (["r="], "--set r=: write one value, such as r=8 or target_modules=[query, value]"),
        (["r=8", "r=4"], "--set r=4: 'r' is given more than once"),
        (["r=8\nq: 9"], "--set r=8\nq: 9: write one value, such as r=8 or target_modules=[query, value]"),
        (["r=[8"], "--set r=[8: not YAML"),
    ]) func `what is no setting is refused by its own words`(settings: [String], problem: String) {
        let error = #expect(throws: SpaceFileError.self) { try Assignment(settings: settings) }
        #expect(error?.problem.hasPrefix(problem) == true)
    }
}
