# SPDX-License-Identifier: Apache-2.0
"""The demo pair's tokenizer with parts of it changed, as JSON Patch."""

import json

from families import PATTERNS, byte_characters

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}


def replaced(path, value):
    return {"op": "replace", "path": path, "value": value}


def added(identifier, content, normalized, *true_flags):
    flags = {name: name in true_flags for name in ("single_word", "lstrip", "rstrip")}
    flags |= {"normalized": normalized, "special": not normalized}
    token = {"id": identifier, "content": content, **flags}
    return {"op": "add", "path": "/added_tokens/-", "value": token}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def qwen2_pre_tokenizer():
    split = {"type": "Split", "pattern": {"Regex": PATTERNS["Qwen2"]}, "behavior": "Isolated"}
    return sequence({**split, "invert": False}, {**BYTE_LEVEL, "use_regex": False})


def template():
    """Two tokens before a text and one after it."""
    names = {"both": [0, 1], "end": [2]}
    tokens = {n: {"id": n, "ids": ids, "tokens": [n] * len(ids)} for n, ids in names.items()}
    before, after = ({"SpecialToken": {"id": name, "type_id": 0}} for name in names)
    text, other = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    pieces = {"single": [before, text, after], "pair": [text, other]}
    return {"type": "TemplateProcessing", **pieces, "special_tokens": tokens}


def flagged_tokens(vocabulary):
    tokens = [
        ("apples", False, "single_word"),
        ("st", True, "single_word"),
        ("x", False, "lstrip", "rstrip"),
        ("line", False, "rstrip"),
        ("h", True, "lstrip"),
        ("\u00e9", True, "single_word", "lstrip", "rstrip"),
        ("  ", True),
    ]
    new = [token[0] for token in tokens if token[0] not in vocabulary]
    ids = vocabulary | {content: len(vocabulary) + i for i, content in enumerate(new)}
    return [added(ids[token[0]], *token) for token in tokens]


def lacking(vocabulary, merges):
    """Takes every third byte out of the vocabulary, but those that merges need."""
    needed = set("".join("".join(merge) for merge in merges))
    bytes_of_tokens = [c for c in byte_characters().values() if c in vocabulary]
    gone = [c for i, c in enumerate(bytes_of_tokens) if i % 3 == 0 and c not in needed]
    return [{"op": "remove", "path": f"/model/vocab/{c.replace('~', '~0').replace('/', '~1')}"}
            for c in gone]


def with_unknown(fuses):
    return [replaced("/model/unk_token", "<|im_start|>"), replaced("/model/fuse_unk", fuses)]


def odd_files(size, merges):
    """What scripts leave in files, with `size` tokens of the model."""
    return {
        "a version among the merges": [replaced("/model/merges", ["#version: 0.2", *merges])],
        "tokens that NFC changes": [
            replaced("/normalizer", {"type": "NFC"}), added(size, "<e\u0301>", True),
            added(size + 1, "\u1100\u1161\u11a8", True),
        ],
        "a token without text": [added(size, "", False), added(size, "<a>", False)],
        "white space that is taken": [
            added(size, "line", False, "rstrip"), added(size + 1, "\v", False, "lstrip"),
        ],
        "ids behind those of a new token": [
            *(replaced(f"/model/vocab/{name}", 490 + i)
              for i, name in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])),
            added(493, "<a>", False),
        ],
        "ids with holes": [
            replaced("/model/vocab/Max", 600),
            added(700, "<far>", False),
            added(3, "<near>", False),
        ],
    }


def variants(tokenizer):
    vocabulary = tokenizer["model"]["vocab"]
    size = len(vocabulary)
    merges = [" ".join(merge) for merge in tokenizer["model"]["merges"]]
    words = [
        added(size, "<a", False),
        added(size + 1, "<a>", False),
        added(size + 2, "a>b", False),
        added(size + 3, "apples", True),
        added(size + 4, "apples.<", True),
        added(size + 5, "\u4e16\u754c", True),
        added(size + 6, "\u00e9\u00e9", True),
    ]
    return {
        "as it is": [],
        "GPT-2 pattern": [replaced("/pre_tokenizer", {**BYTE_LEVEL, "use_regex": True})],
        "Qwen2 pattern": [replaced("/pre_tokenizer", qwen2_pre_tokenizer())],
        "merges as text": [replaced("/model/merges", merges)],
        "merges in reverse": [replaced("/model/merges", list(reversed(merges)))],
        "whole words": [
            replaced("/model/merges", []),
            {"op": "add", "path": "/model/ignore_merges", "value": True},
        ],
        "more added tokens": words,
        "NFC": [replaced("/normalizer", {"type": "NFC"}), *words],
        "flagged tokens": flagged_tokens(vocabulary),
        "flagged tokens and NFC": [
            replaced("/normalizer", {"type": "NFC"}),
            *flagged_tokens(vocabulary),
        ],
        "spaces in front": [
            replaced("/pre_tokenizer", {**BYTE_LEVEL, "add_prefix_space": True, "use_regex": True})
        ],
        "digits and spaces in front": [
            replaced(
                "/pre_tokenizer",
                sequence(
                    {"type": "Digits", "individual_digits": False},
                    {**BYTE_LEVEL, "add_prefix_space": True, "use_regex": False},
                ),
            )
        ],
        "template": [replaced("/post_processor", template())],
        "bytes without a token": lacking(vocabulary, merges),
        "byte_fallback without the tokens for it": [
            *lacking(vocabulary, merges), replaced("/model/byte_fallback", True)
        ],
        "bytes for an unknown token": [*lacking(vocabulary, merges), *with_unknown(False)],
        "runs for an unknown token": [*lacking(vocabulary, merges), *with_unknown(True)],
        **odd_files(size, merges),
    }


def apply(patch, tokenizer):
    """The JSON Patch operations in use."""
    result = json.loads(json.dumps(tokenizer))
    for operation in patch:
        *parents, last = operation["path"].split("/")[1:]
        place = result
        for name in parents:
            place = place[name]
        last = last.replace("~1", "/").replace("~0", "~")
        if operation["op"] == "remove":
            del place[last]
        elif last == "-":
            place.append(operation["value"])
        else:
            place[last] = operation["value"]
    return result
