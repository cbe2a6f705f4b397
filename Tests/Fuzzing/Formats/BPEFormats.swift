import SearchSpaces
import Tokenizers

/// tokenizer.json of byte pair encoding with all its parts.
struct BPETokenizerFormat: Format {
    static let name = "tokenizer-bpe"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        tree = try JSONTree(
            seed: #"""
                {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":12,"content":"<s>","special":true,"normalized":false},
                {"id":13,"content":"new","normalized":true,"single_word":true,"lstrip":true,"rstrip":false,"special":false}],
                "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":"  "},"content":" "}]},
                "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
                {"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious","invert":false},
                {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},
                "post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":false},
                {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
                "special_tokens":{"<s>":{"id":"<s>","ids":[12],"tokens":["<s>"]}}}]},"decoder":{"type":"ByteLevel"},
                "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,"end_of_word_suffix":"","fuse_unk":false,
                "byte_fallback":false,"ignore_merges":false,"vocab":{"<unk>":0,"a":1,"f":2,"i":3,"l":4,"m":5,"Ġ":6,"Ã":7,"\u00a9":8,"il":9,"ilm":10,
                "film":11},"merges":["i l",["il","m"],"f ilm"]}}
                """#)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/tokenizer.json")
        try use(TokenizerKinds.tokenizer(folder: folder), input)
    }
}

/// Texts, the file itself among them, whose ids have to be the vocabulary's.
private func use(_ tokenizer: any Tokenizer, _ input: [UInt8]) {
    let around = tokenizer.encode("", special: true).count
    for text in ["a film", "Ünïcödé 電影 <s> e\u{301}\u{323}\u{0} 12  new", String(decoding: input, as: UTF8.self)] {
        let ids = tokenizer.encode(text, special: false)
        precondition(tokenizer.encode(text, maxLength: 16).count <= max(16, around))
        precondition(ids.allSatisfy { (0..<tokenizer.idLimit).contains(Int($0)) })
        let chat = tokenizer.encode(RenderedChat(text: text, assistant: [1..<3]))
        precondition(chat.ids == ids && chat.isAssistant.count == ids.count)
        _ = tokenizer.decode(ids, skippingSpecial: true)
    }
}

/// tokenizer.json of a unigram model with a map of characters.
struct UnigramTokenizerFormat: Format {
    static let name = "tokenizer-unigram"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        tree = try JSONTree(
            seed: #"""
                {"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":9,"content":"<mask>","special":true,"lstrip":true}],
                "normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":
                "EAAAAAAEAABhBQAAAAAAgGEFAABBAGYA"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},
                "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
                {"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]},
                "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
                {"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},
                "decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},
                "model":{"type":"Unigram","unk_id":1,"byte_fallback":false,"vocab":[["<s>",0.0],["<unk>",0.0],["▁",-3.5],["f",-6.25],
                ["il",-4],["▁film",-5e0],["m",-7.125],["<0x61>",-9],["a",-2]]}}
                """#)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/tokenizer.json")
        try use(TokenizerKinds.tokenizer(folder: folder), input)
    }
}

/// merges.txt beside a vocab.json that is whole.
struct MergesFormat: Format {
    static let name = "merges"

    private let folder: String
    private let mutation = TextMutation(words: ["#version", "\n", "\r\n", " ", "Ġ", "a f", "Ġa", "il m"])

    init(folder: String) throws {
        self.folder = folder
        try Files.write(Array(#"{"model_type": "roberta"}"#.utf8), to: folder + "/config.json")
        let tokens = ["<s>", "<pad>", "</s>", "<unk>", "a", "f", "i", "l", "m", "Ġ", "il", "film", "ilm", "Ġa", "<mask>"]
        let pairs = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        try Files.write(Array("{\(pairs)}".utf8), to: folder + "/vocab.json")
    }

    var file: String? { folder + "/merges.txt" }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var text = Array("#version: 0.2\ni l\nil m\nf ilm\nĠ a\n".utf8)
        for _ in 0..<(1 + random.below(4)) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/merges.txt")
        try use(TokenizerKinds.tokenizer(folder: folder), input)
    }
}

/// A chat template, by which conversations are then rendered.
struct ChatTemplateFormat: Format {
    static let name = "chat-template"

    private let folder: String
    private let mutation = TextMutation(words: [
        "{% ", " %}", "{{ ", " }}", "{# ", " #}", "{%- ", " -%}", "{% if ", "{% elif ", "{% else %}", "{% endif %}",
        "{% for x in ",
        "{% endfor %}", "{% set x = ", "{% endset %}", "{% macro f(a, b=1) %}", "{% endmacro %}", "{% generation %}",
        "{% endgeneration %}",
        "{% break %}", " | tojson", " | trim", " | length", " | join('')", " | map('upper') | list", " | dictsort",
        " is string", " is not none",
        " in ", " not ", " and ", " or ", " if ", " else ", "loop.index0", "loop.previtem", "messages", "message", "[1:]",
        "[::-1]", "['role']",
        ".content", ".split('a')", ".items()", "range(100000)", "namespace(x=1)", "ns.x", "f(1)", "'a' * 1000000", " + ", " ~ ",
        " * ", "-1", "(", ")",
        "[", "]", "{", "}", "raise_exception('x')", "strftime_now('%Y')", "9223372036854775807",
    ])
    private static let seed = """
        {%- set ns = namespace(last=-1, text='') %}
        {%- macro shown(content) -%}{%- if content is string -%}{{ content | trim }}{%- else -%}
        {%- for part in content -%}{{ part['text'] | default('') }}{%- endfor -%}{%- endif -%}{%- endmacro %}
        {%- for message in messages[::-1] %}{% set index = (messages | length - 1) - loop.index0 %}
        {%- if message.role == 'user' and ns.last < 0 %}{% set ns.last = index %}{% endif %}{% endfor %}
        {%- for message in messages %}
            {%- if loop.first and message['role'] != 'system' %}{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}{% endif %}
            {%- if message.role == 'assistant' %}
                {{- '<|im_start|>assistant\\n' }}{% generation %}{% set text = message.content.split('</think>')[-1].lstrip('\\n') %}
                {%- set ns.text = ns.text ~ loop.index %}{{ text + '<|im_end|>\\n' }}{% endgeneration %}
            {%- elif message.role in ['user', 'system'] %}{{ '<|im_start|>' + message.role + '\\n' + shown(message.content) + '<|im_end|>\\n' }}
            {%- else %}{{ raise_exception('a strange role') }}{% endif %}
        {%- endfor %}
        {%- for key, value in {'b': [1, none], 'a': messages[0]}.items() if tools is not defined or true %}{{ value | tojson }}{% endfor %}
        {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' if ns.last >= 0 else '' }}{% endif %}
        """

    init(folder: String) throws { self.folder = folder }

    var file: String? { folder + "/chat_template.jinja" }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var text = Array(Self.seed.utf8)
        for _ in 0..<(1 + random.below(3)) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/chat_template.jinja")
        guard let template = try ChatTemplate.own(folder: folder, special: SpecialTokens()) else { return }
        let chats = [
            Conversation([("user", "Hi"), ("assistant", "Hello"), ("user", "e\u{301} 漢")]),
            Conversation([("system", "S"), ("user", "")]),
        ]
        for chat in chats {
            let rendered = try template.render(chat, generationPrompt: chat.roles.count == 2)
            precondition(rendered.assistant.allSatisfy { $0.upperBound <= rendered.text.utf8.count })
        }
    }
}
