extension ChatTemplate {
    /// What the setting `chat_template` can name.
    package static let names = ["chatml", "llama3", "gemma", "phi3"]

    /// One of the named templates, for models whose own cannot be rendered or that have none.
    ///
    /// - Throws: ``TokenizerError`` for another name.
    package init(named name: String, special: SpecialTokens = SpecialTokens()) throws(TokenizerError) {
        guard let source = Self.sources[name] else {
            throw TokenizerError(
                place: "chat_template",
                problem: "there is no template '\(name)'; there are \(Self.names.joined(separator: ", "))")
        }
        try self.init(source: source, place: "chat_template \(name)", special: special)
    }

    /// A named template's text for other programs: without the marks of what the assistant writes, which not all of them know.
    package static func text(named name: String) -> String? {
        sources[name]?.replacing("{%- generation %}{{", with: "{{-").replacing("}}{% endgeneration -%}", with: "-}}")
    }

    /// These texts by the templates' names.
    package static var texts: [String: String] {
        Dictionary(uniqueKeysWithValues: names.compactMap { name in text(named: name).map { (name, $0) } })
    }

    private static let sources = [
        "chatml": """
        {%- for message in messages -%}
            {{ '<|im_start|>' + message.role + '\\n' }}
            {%- if message.role == 'assistant' -%}
                {%- generation %}{{ message.content + '<|im_end|>\\n' }}{% endgeneration -%}
            {%- else -%}
                {{ message.content + '<|im_end|>\\n' }}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}
        """,
        "llama3": """
        {{- bos_token | default('<|begin_of_text|>') -}}
        {%- for message in messages -%}
            {{ '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}
            {%- if message.role == 'assistant' -%}
                {%- generation %}{{ message.content | trim + '<|eot_id|>' }}{% endgeneration -%}
            {%- else -%}
                {{ message.content | trim + '<|eot_id|>' }}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif -%}
        """,
        "gemma": """
        {{- bos_token | default('<bos>') -}}
        {%- if messages[0].role == 'system' -%}
            {%- set first = messages[0].content | trim + '\\n\\n' -%}
            {%- set messages = messages[1:] -%}
        {%- else -%}
            {%- set first = '' -%}
        {%- endif -%}
        {%- for message in messages -%}
            {%- if message.role == 'assistant' -%}
                {{ '<start_of_turn>model\\n' }}
                {%- generation %}{{ message.content | trim + '<end_of_turn>\\n' }}{% endgeneration -%}
            {%- else -%}
                {{ '<start_of_turn>' + message.role + '\\n' + (first if loop.first else '') + message.content | trim + '<end_of_turn>\\n' }}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif -%}
        """,
        "phi3": """
        {%- for message in messages -%}
            {{ '<|' + message.role + '|>\\n' }}
            {%- if message.role == 'assistant' -%}
                {%- generation %}{{ message.content + '<|end|>\\n' }}{% endgeneration -%}
            {%- else -%}
                {{ message.content + '<|end|>\\n' }}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif -%}
        """,
    ]
}
