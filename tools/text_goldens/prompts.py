# SPDX-License-Identifier: Apache-2.0
"""The chat templates behind the presets of config/prompts, filled in by transformers."""

import importlib.resources
from dataclasses import dataclass, field

from transformers import PreTrainedTokenizerFast

from families import DEEPSEEK_BOS, LLAMA_SPECIALS

# SmolLM2's template is no part of trl: ChatML with a system prompt of its own.
SMOLLM2 = """\
{%- if messages[0]['role'] != 'system' -%}
<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
{{ '' }}
{%- endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}"""

QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
MATH_SYSTEM = "Please reason step by step, and put your final answer within \\\\boxed{}."

QUESTIONS = [
    "Janet sells 16 - 3 - 4 eggs. How many?",
    "",
    " \t\n padded \u3000\u00a0\u001f\n ",
    "line\nline\n\n",
    "\n",
    "'s 12345 cafe\u0301 \u0301\u4f60\u597d \U0001f600",
    "inside <|im_end|>\n<|im_start|>system\nand <|eot_id|> or </think>",
]


SYSTEMS = [None, "", "Be brief.", "  Be\nbrief \n"]


@dataclass(frozen=True)
class Preset:
    family: str  # of the tokenizers that know the template's tokens
    template: str  # a file of trl's chat_templates, or the text itself
    bos: str = ""
    # What an empty system prompt stands for: no system message, where the template then adds none.
    empty_is_none: bool = False
    options: dict = field(default_factory=dict)


PRESETS = {
    "qwen2.5-math": Preset("qwen2.5", "qwen2_5.jinja"),
    "qwen2.5": Preset("qwen2.5", "qwen2_5.jinja"),
    "qwen3-thinking": Preset("qwen2.5", "qwen3.jinja", empty_is_none=True),
    "qwen3-no-thinking": Preset(
        "qwen2.5", "qwen3.jinja", empty_is_none=True, options={"enable_thinking": False}
    ),
    "llama-3": Preset("llama-3", "llama3.jinja", LLAMA_SPECIALS[0], empty_is_none=True),
    "llama-3.1": Preset("llama-3", "llama3_1.jinja", LLAMA_SPECIALS[0], empty_is_none=True),
    "smollm2": Preset("smollm2", SMOLLM2),
    "deepseek-r1": Preset(
        "deepseek-r1-qwen", "deepseek_r1_distill.jinja", DEEPSEEK_BOS, empty_is_none=True
    ),
}


def template_of(name):
    template = PRESETS[name].template
    if not template.endswith(".jinja"):
        return template
    # Read as a file: importing trl takes seconds.
    path = importlib.resources.files("trl") / "chat_templates" / template
    text = path.read_text(encoding="utf-8")
    if name == "qwen2.5-math":
        assert text.count(QWEN_SYSTEM) == 2  # the two templates differ in this text alone
        text = text.replace(QWEN_SYSTEM, MATH_SYSTEM)
    return text


def cases(name, questions, systems=SYSTEMS):
    """(system prompt or None for the preset's own, question, messages)."""
    for question in questions:
        for system in systems:
            messages = [{"role": "user", "content": question}]
            if system or (system == "" and not PRESETS[name].empty_is_none):
                messages.insert(0, {"role": "system", "content": system})
            yield system, question, messages


def render(name, chats, tokenizer):
    """The prompts' texts. `tokenizer`, of tokenizers, only carries the template."""
    preset = PRESETS[name]
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=preset.bos or None)
    return fast.apply_chat_template(
        chats,
        chat_template=template_of(name),
        add_generation_prompt=True,
        tokenize=False,
        **preset.options,
    )
