#!/usr/bin/env python3
"""Writes Tests/TokenizersTests/Fixtures/chat.json: what transformers makes of conversations with real chat templates and of many small ones,
with the spans of the assistant where a template marks them. The date is fixed, as ours is.

Needs: pip install transformers trl. Usage: chat_fixture.py <folder with further templates> <the fixture>
"""
import datetime
import json
import sys
from pathlib import Path

import trl
from transformers.utils import chat_template_utils


class Fixed(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = Fixed
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
NAMES = [
    "cohere", "deepseekv3", "gemma", "gemma_training", "gemma3", "glm4moe", "lfm2", "lfm2_2_5_v2", "llama3", "llama3_training", "llama3_1", "llama3_2",
    "phi3", "phi3_training", "phi3_5", "qwen2_5", "qwen2_5_training", "qwen3", "qwen3_training", "qwen3_instruct_2507",
]
FURTHER = ["mistral_v1", "mistral_v3_tekken", "mistral_v7_tekken", "smollm2"]
TOOL = {"type": "function", "function": {"name": "multiply", "description": "Multiplies <two>", "parameters": {
    "type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "number", "enum": [1, 2.5]}}, "required": ["a"]}}}
CHATS = {
    "four turns": [{"role": "user", "content": "Is it \"good\"?"}, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Really?\nSure?"}, {"role": "assistant", "content": "Yes."}],
    "system": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
    "blanks": [{"role": "system", "content": " S \n"}, {"role": "user", "content": "\n a  b\t"}, {"role": "assistant", "content": "  e\u0301 漢 😀\n\n"}],
    "reasoning": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "<think>\nEasy.\n</think>\n\n2"}, {"role": "user", "content": "2+2?"}, {"role": "assistant", "reasoning": "Sum", "content": "4"}],
    "no user": [{"role": "assistant", "content": "Hello"}],
    "tools": {"messages": [{"role": "user", "content": "2*3?"}, {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "id": "abcdefghi", "function": {
        "name": "multiply", "arguments": {"b": 3, "a": 2, "s": "é \"q\" <x>", "o": {"k": [1, None, True, 1.5]}}}}]}, {"role": "tool", "tool_call_id": "abcdefghi", "content": "6"}], "tools": [TOOL]},
}
SMALL = [
    # Blanks around tags.
    "a\n  {% if true %}\nb\n  {% endif %}\nc", "a  {%- if true -%}  b  {%- endif -%}  c", "x {%+ if true %} y {% endif +%}\nz", " {# a #}\n b {#- c -#} \n d",
    "{{ 1 }}\n{{ 2 -}}  \n{{- 3 }}\n\n", "  {% set a = 1 %}\n  {{ a }}\n", "{% if false %}{% else %}\n x{% endif %}", "\r\na\r{{ 'b' }}\r\n", "{{ '{% x %}' }}{{ \"}}\" }}",
    # Values and what they print.
    "{{ 1 }} {{ 1.0 }} {{ 1e20 }} {{ 1.5e-7 }} {{ true }} {{ None }} {{ 'a' }} {{ [1, 'a', none, 1.5] }} {{ (1,) }} {{ {'a': [true], 2: \"x'y\"} }} {{ missing }}|",
    "{{ 'a\\n\\t\\'\\\\\\u00e9\\x41\\q' }} {{ ['\\n\\x01é\\u200b', \"it's\", 'a\"b\\'c'] }}", "{{ 'a' 'b' \"c\" }}", "{{ 1_000 + 0 }}",
    # Operators.
    "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 * 3 + 1 }} {{ -2 - -3 }} {{ 1 + 1.5 }} {{ 'a' * 3 }} {{ [0] * 2 }} {{ true + 1 }}",
    "{{ 1 ~ 'a' ~ none ~ missing ~ 2.0 }}", "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 == 1.0 }} {{ 1 == true }} {{ 'é' == 'e\u0301' }} {{ missing == none }}",
    "{{ 'b' in 'abc' }} {{ 2 in [1, 2] }} {{ 'x' not in {'x': 1} }} {{ not true }} {{ 1 and 0 }} {{ '' or 'x' }} {{ 'y' if 0 else 'z' }} {{ 'y' if 0 }}|", "{{ [1, 2] + [3] }} {{ 'a' + 'b' }}",
    # Subscripts, slices, attributes.
    "{{ 'abc'[1] }} {{ 'abc'[-1] }} {{ 'abc'[9] }} {{ [1, 2, 3][1:] }} {{ [1, 2, 3][::-1] }} {{ 'abcdef'[1:-1:2] }} {{ 'abcdef'[-3:] }} {{ [1, 2, 3][:-1] }} {{ 'abc'[5:2] }} {{ 'abcdef'[4:1:-2] }}",
    "{% set d = {'a': {'b': 1}, 'items': 2} %}{{ d.a.b }} {{ d['a']['b'] }} {{ d.x }}| {{ d.get('x', 5) }} {{ d.get('x') }} {{ d['items'] }} {{ d.items() | list | length }} {{ d.keys() | list }} {{ d.values() | list }}",
    # Methods.
    "{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }} {{ 'xa'.lstrip('x') }} {{ 'ax'.rstrip('x') }} {{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }}",
    "{{ 'abc'.startswith('a') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'aXb'.upper() }} {{ 'AxB'.lower() }} {{ 'aBC dE'.title() }} {{ 'aBC'.capitalize() }} {{ 'aab'.replace('a', 'x') }} {{ 'aab'.replace('a', 'x', 1) }}",
    "{{ 'abcb'.find('b') }} {{ 'abcb'.count('b') }} {{ ', '.join(['a', 'b']) }} {{ '12'.isdigit() }} {{ 'pre-x'.removeprefix('pre-') }} {{ 'a\\nb\\n'.splitlines() }}",
    # Filters.
    "{{ ' a ' | trim }}|{{ 'aé' | length }} {{ [1, 2] | length }} {{ {'a': 1} | length }} {{ missing | default('x') }} {{ '' | default('x', true) }} {{ '' | default('x') }}| {{ none | default('x') }} {{ 5 | string + 'a' }}",
    "{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'a'] | sort }} {{ [1, 2, 3] | first }} {{ [1, 2, 3] | last }} {{ [1, 2] | reverse | list }} {{ 'abc' | reverse }} {{ ['a', 'A', 'b'] | unique | list }} {{ [1, 2] | sum }} {{ [2, 3] | max }}",
    "{{ {'b': 1, 'A': 2} | dictsort }} {{ {'b': 1} | items | list }} {{ ['a', 'b'] | join('-') }} {{ ['a', 'b'] | map('upper') | join }} {{ [{'x': 1}, {'x': 2}] | map(attribute='x') | list }}",
    "{{ [{'x': 1}, {'x': 2}, {}] | selectattr('x', 'defined') | list }} {{ [{'x': 1}, {'x': 2}] | rejectattr('x', 'equalto', 1) | list }} {{ [1, 2, 3] | select('odd') | list }} {{ ['a', 'b'] | reject('in', ['a']) | list }} {{ [0, 1] | select | list }}",
    "{{ 'a<b>&\\'é\\n\\x7f' | tojson }} {{ {'b': [1, 2.5, none, true], 'a': {}} | tojson }} {{ {'b': [1, {'c': []}]} | tojson(indent=2) }} {{ 'é😀' | tojson(ensure_ascii=true) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true, separators=(',', ':')) }}",
    "{{ '3' | int }} {{ 'x' | int }} {{ 3.9 | int }} {{ '2.5' | float }} {{ -3 | abs }} {{ 'a\\nb\\n\\nc' | indent }} {{ 'a\\nb' | indent(2, true) }} {{ 'aBC' | capitalize }} {{ 'a b' | title }} {{ 'aab' | replace('a', 'x') }} {{ '<x>' | safe }}",
    # Tests.
    "{{ x is defined }} {{ 1 is defined }} {{ none is none }} {{ 'a' is string }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ 1.5 is float }} {{ {} is mapping }} {{ [] is sequence }} {{ 'a' is sequence }} {{ {} is iterable }} {{ 1 is iterable }}",
    "{{ true is true }} {{ 1 is true }} {{ false is false }} {{ true is boolean }} {{ 3 is odd }} {{ 4 is even }} {{ 6 is divisibleby 3 }} {{ 2 is in [1, 2] }} {{ 1 is not none }} {{ 1 is eq 1 }} {{ range is callable }} {{ x is undefined and true }} {{ 'a' is lower }}",
    # Statements.
    "{% for x in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}", "{% for x in [] %}a{% else %}b{% endfor %}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }} {% endfor %}{% for c in 'ab' %}{{ c }}.{% endfor %}{% for k in {'z': 1} %}{{ k }}{% endfor %}{% for x in missing %}no{% endfor %}",
    "{% for x in range(10) if x % 2 %}{{ x }}{{ loop.last }}{% endfor %} {% for x in range(5, 0, -2) %}{{ x }}{% endfor %} {% for x in [1, 2, 3, 4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 1 %}{{ x }} {% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}", "{% set ns = namespace(x=1, y='a') %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z is defined }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% set d %}x{{ a }} {% endset %}{{ d }}|{% set e | trim | upper %} y {% endset %}{{ e }}", "{% macro m(a, b='x', c=b) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() | length }}",
    "{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}{% set y = 5 %}{% macro g() %}{{ y }}{% endmacro %}{{ g() }}", "{% if a %}1{% elif not a %}2{% else %}3{% endif %}", "{% for r in [[1, 2], [3]] %}{% for x in r %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
    "a{% generation %}b{% set z = 1 %}{% endgeneration %}c{{ z }}{% for i in [1, 2] %}{% generation %}é{{ i }}{% endgeneration %}-{% endfor %}{% generation %}{% endgeneration %}", "{{ strftime_now('%d %b %Y|%Y-%m-%d %H:%M:%S %A %j') }}", "{{ bos_token }}{{ eos_token }}{{ tools }}{{ add_generation_prompt }}{{ sep_token is defined }}",
    "{{ raise_exception('no') }}", "{{ missing.x }}", "{{ 1 + 'a' }}", "{{ 'a' + missing }}", "{{ 1 // 0 }}", "{{ missing() }}", "{{ none.x }}|{{ 'a'.x }}|", "{{ 1 | length }}", "{{ 1 < 'a' }}", "{% set d.x = 1 %}",
]


def render(source, chat, prompt):
    messages, tools = (chat["messages"], chat["tools"]) if isinstance(chat, dict) else (chat, None)
    messages = chat_template_utils._normalize_chat_messages(messages)
    try:
        texts, spans = chat_template_utils.render_jinja_template(
            [messages], tools=tools, chat_template=source, return_assistant_tokens_mask=True, add_generation_prompt=prompt, **SPECIAL)
    except Exception:
        return {}
    lengths = lambda end: len(texts[0][:end].encode())
    return {"text": texts[0], "spans": [[lengths(a), lengths(b)] for a, b in spans[0] if b > a]}


templates = {name: (Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja").read_text() for name in NAMES}
templates |= {name: (Path(sys.argv[1]) / f"{name}.jinja").read_text() for name in FURTHER}
renders = [
    {"template": name, "chat": chat, "prompt": prompt, **render(source, messages, prompt)}
    for name, source in templates.items() for chat, messages in CHATS.items() for prompt in [chat == "system"]
]
small = [{"source": source, **render(source, CHATS["system"], False)} for source in SMALL]
with open(sys.argv[2], "w") as file:
    chats = {name: json.dumps(chat, ensure_ascii=False) for name, chat in CHATS.items()}
    json.dump({"templates": templates, "chats": chats, "renders": renders, "small": small}, file, ensure_ascii=False, separators=(",", ":"))
