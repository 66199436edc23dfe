# SPDX-License-Identifier: Apache-2.0
"""Files and texts: problems, prompts, tokens, samples."""

import json
from dataclasses import dataclass
from pathlib import Path

from method import Method
from transformers import PreTrainedTokenizerFast


@dataclass(frozen=True)
class PromptFormat:
    """The text around a question, as section [prompt] of a run file has it."""

    system: str = "Please reason step by step."
    before_system: str = "<|im_start|>system\n"
    before_question: str = "<|im_end|>\n<|im_start|>user\n"
    after_question: str = "<|im_end|>\n<|im_start|>assistant\n"
    from_template: bool = False  # let the tokenizer's chat template put the three pieces


@dataclass(frozen=True)
class Problem:
    id: str
    question: str


def read_problems(path: Path, count: int = 0) -> list[Problem]:
    """The first `count` problems, 0: all. A line without an id has its 0-based index as one."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    objects = [(i, json.loads(line)) for i, line in enumerate(lines) if line.strip()]
    problems = [Problem(str(entry.get("id", i)), entry["question"]) for i, entry in objects]
    return problems[:count] if count else problems


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def write_lines(path: Path, entries: list[dict]) -> None:
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    path.write_text(text, encoding="ascii")


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """tokenizer.json as it is: AutoTokenizer puts a family's usual pattern in place of the file's
    (transformers 5 does so for Qwen2), which the tiny pair's is not."""
    return PreTrainedTokenizerFast.from_pretrained(folder)


def prompt_text(tokenizer, form: PromptFormat, question: str) -> str:
    if not form.from_template:
        return form.before_system + form.system + form.before_question + question + (
            form.after_question)
    messages = [
        {"role": "system", "content": form.system},
        {"role": "user", "content": question},
    ]
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def encode(tokenizer, method: Method, text: str) -> list[int]:
    """Ids of a prompt, or of prompt and prefix. The template has spelled out every special token,
    so the paper's way adds none; the reference calls the tokenizer as it stands, which puts another
    token in front where the tokenizer's own template has one (Llama 3, DeepSeek-R1 distills)."""
    return tokenizer(text, add_special_tokens=method.prefix == "text").input_ids


def pad_token(tokenizer) -> int:
    if tokenizer.pad_token_id is None:
        raise SystemExit("the tokenizer names no pad token, which this method needs")
    return tokenizer.pad_token_id
