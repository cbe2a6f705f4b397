import Testing
import TrainerSettings

struct AmbiguousRepetitionTests {
    @Test(arguments: [
        (#"^(\w+\s?)*: loss (?<eval_loss>\S+)$"#, #"(\w+\s?)*"#), (#"(a+)+$ (\d)"#, "(a+)+"),
        (#"(?:a|a)*b(?<eval_loss>\d)"#, "(?:a|a)*"), (#"(.|\s)*loss (\S+)"#, #"(.|\s)*"#), ("x(.*)*y", "(.*)*"),
        (#"(\d+\.?\d*)+s (x)"#, #"(\d+\.?\d*)+"#), (#"(?:\[.*?\] )*loss (\S+)"#, #"(?:\[.*?\] )*"#), ("(a?)*b", "(a?)*"),
        (#"(\d\d?)*x"#, #"(\d\d?)*"#), (#"(\w+\s?){20}:"#, #"(\w+\s?){20}"#), ("((a+b?)*c)*", "((a+b?)*c)*"),
        ("(?i)(a+A)*x", "(a+A)*"), ("(?>(a+)*)b", "(a+)*"), ("(?=(a*)*b)x", "(a*)*"), (#"([^:]+,?)*: (\d)"#, "([^:]+,?)*"),
        (#"(\w+-\w*)*x"#, #"(\w+-\w*)*"#), (#"(é|\w)*x"#, #"(é|\w)*"#), ("(a|ab|)*c", "(a|ab|)*"),
        (#"(.*)(\1)*(b+)+c"#, "(b+)+"),
        (#"([a-f\d]+[[:alpha:]]?)*:"#, "([a-f\\d]+[[:alpha:]]?)*"),
    ])
    func `a repetition that takes one text in many ways is found`(pattern: String, text: String) throws {
        #expect(throws: Never.self) { try Regex(pattern) }
        let found = try #require(AmbiguousRepetition(in: pattern))
        #expect(found.text == text)
        #expect(found.problem.hasPrefix("'\(text)' can take one text in many ways"))
    }

    @Test(arguments: [
        #"Val loss (\S+)"#, #"Iter (?<step>\d+): Val loss (?<val_loss>[0-9.eE+-]+),"#, #"(?:\w+ )*loss (\S+)"#,
        #"(?:\S+\s+)*loss (\S+)"#, #"(?:\[\d+\] )*loss (\S+)"#, #"(\d+(?:,\d+)*)"#, #"(\d+(?:\.\d+)?)"#, #".*loss.*?(\S+).*"#,
        #"(\w++\s?)*: loss (\S+)"#, #"(?>\w+)*x(.)"#, "(ab)*c", "(ab|cd)*e", #"(?:[^,]*,){7}([^,]+)"#, "(a+){1,3}b", "(a*){2}",
        #"(?:(?:\d{1,3},)+;)*x"#, #"[\w ]*: loss (\S+)"#, "a{2}{3}", "{x}(a)", "(?#(a+)+)b", #"\((a+)\)+"#, "[(a+)+]+",
        #"\Q(a+)+\E"#,
        #"(?:^|[^\w/.-])accuracy: ([-+.\w]+)"#, #"(?i:loss)\s*[:=]\s*(?P<loss>\S+)"#, "", "(", "[", "a|", #"\"#, "(?", "[]a]*",
        #"(?:\p{L}-)*x"#,
    ])
    func `one that is told from what follows it is not`(pattern: String) {
        #expect(AmbiguousRepetition(in: pattern) == nil)
    }

    @Test func `a long and deep pattern is looked through at once`() {
        #expect(AmbiguousRepetition(in: String(repeating: "(a", count: 200) + String(repeating: ")*b", count: 200)) == nil)
        #expect(AmbiguousRepetition(in: String(repeating: "(?:ab)*c", count: 2000)) == nil)
    }
}

struct PathHintTests {
    @Test(arguments: [
        ("bert-base-uncased", "bert-base-uncased"), ("bert-base-uncased/", "bert-base-uncased"),
        ("google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("https://huggingface.co/google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("https://huggingface.co/google-bert/bert-base-uncased/tree/main", "google-bert/bert-base-uncased"),
        ("huggingface.co/google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("hf.co/google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("hf://google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
    ])
    func `a name of the hub's is known however it is given`(path: String, name: String) {
        let hint = HubName.hint(for: path)
        #expect(hint.contains("'\(path)' looks like a name on the Hugging Face hub"), "\(hint)")
        #expect(hint.contains("`hf download \(name) --local-dir bert-base-uncased`"), "\(hint)")
    }

    @Test(arguments: ["/models/bert", "models/bert/base", "https://example.com/bert", "model", "../a-b", "~/bert-base"])
    func `what is none is not taken for one`(path: String) {
        #expect(HubName.hint(for: path).isEmpty)
    }

    @Test func `a home folder's short name is pointed out`() {
        #expect(HomeFolder.hint(for: "~/bert")?.contains("'~' stands for the home folder in a shell alone") == true)
        #expect(HomeFolder.hint(for: "~me/bert") != nil)
        #expect(HomeFolder.hint(for: "a/~/bert") == nil)
    }
}
