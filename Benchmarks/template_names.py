"""Writes Tests/TrainersTests/Fixtures/foreign-templates.json: conversations as the templates of LLaMA-Factory and Axolotl write them, by
the names that they are called by there. `template_names.py FOLDER`, into which both packages are unpacked (pip download --no-deps, unzip).

Of LLaMA-Factory the file data/template.py alone is used, with its formatters; what it imports besides is left out.
"""

import importlib.machinery
import json
import sys
import types
from pathlib import Path
from unittest import mock

from jinja2.sandbox import ImmutableSandboxedEnvironment

BOS, EOS = "<s>", "</s>"
SYSTEM = [{"role": "system", "content": "Be brief."}]
TURNS = [
    {"role": "user", "content": "Is it good?"}, {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "And the end?"}, {"role": "assistant", "content": "No."},
]


class Left(types.ModuleType):
    def __init__(self, name):
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)

    def __getattr__(self, name):
        return mock.MagicMock()


class Tokenizer:
    """Whose ids are the texts themselves."""

    bos_token, eos_token, bos_token_id, eos_token_id = BOS, EOS, [BOS], [EOS]

    def encode(self, text, add_special_tokens=False):
        return [text]

    def convert_tokens_to_ids(self, token):
        return token


def llama_factory(folder):
    for name in ["llamafactory.data.mm_plugin"]:
        sys.modules[name] = Left(name)
    package = types.ModuleType("llamafactory.data")
    package.__path__ = [str(folder / "llamafactory/data")]
    sys.modules["llamafactory.data"] = package
    sys.path.insert(0, str(folder))
    from llamafactory.data.template import TEMPLATES

    def flat(ids):
        return "".join(part if isinstance(part, str) else flat(part) for part in ids)

    def text(template, messages):
        system = messages[0]["content"] if messages[0]["role"] == "system" else None
        turns = [one for one in messages if one["role"] != "system"]
        pairs = template.encode_multiturn(Tokenizer(), turns, system)
        return "".join(flat(prompt) + flat(answer) for prompt, answer in pairs)

    return {name: [text(TEMPLATES[name], messages) for messages in (TURNS, SYSTEM + TURNS)] for name in ["chatml", "llama3", "gemma", "phi"]}


def axolotl(folder):
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)

    def refuse(words):
        raise ValueError(words)

    environment.globals["raise_exception"] = refuse

    def text(name, messages):
        source = (folder / f"axolotl/utils/chat_templates/templates/{name}.jinja").read_text()
        try:
            return environment.from_string(source).render(messages=messages, bos_token=BOS, eos_token=EOS)
        except ValueError:
            return None

    names = ["chatml", "llama3", "gemma", "phi_3", "phi_35"]
    return {name: [text(name, messages) for messages in (TURNS, SYSTEM + TURNS)] for name in names}


def main():
    folder = Path(sys.argv[1]).resolve()
    made = {"conversations": [TURNS, SYSTEM + TURNS], "llama-factory": llama_factory(folder), "axolotl": axolotl(folder)}
    target = Path(__file__).parent.parent / "Tests/TrainersTests/Fixtures/foreign-templates.json"
    target.write_text(json.dumps(made, indent=2) + "\n")


main()
