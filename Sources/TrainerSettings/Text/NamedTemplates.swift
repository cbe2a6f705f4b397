/// Templates of conversations by the names that the setting `chat_template` takes, in Jinja: for models whose own cannot be rendered or that
/// have none.
package enum NamedTemplates {
    package static let names = ["chatml", "llama3", "gemma", "phi3"]

    /// A template's text for other programs: without the marks of what the assistant writes, which not all of them know.
    ///
    /// - Returns: nil: it is the name of none.
    package static func text(named name: String) -> String? {
        sources[name]?.replacing("{%- generation %}{{", with: "{{-").replacing("}}{% endgeneration -%}", with: "-}}")
    }

    package static let sources = [
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
