# SPDX-License-Identifier: Apache-2.0
"""tokenizer_config.json files that add tokens to the demo pair's, and what transformers makes of
them. Read by PreTrainedTokenizerFast, which takes tokenizer.json as it is: the class that
AutoTokenizer chooses for Qwen2 builds a tokenizer of its own and forgets added tokens of the file
that added_tokens_decoder does not repeat."""

import json
import pathlib
import tempfile

from transformers import PreTrainedTokenizerFast

TEXTS = ["a <think> b", "<a><think><b> Max  Max <c>\n", "<|im_start|>x<pad> <|im_end|>", "<think>",
         "x <pad> y <think> <a> z"]


def token(content, **flags):
    names = ("lstrip", "normalized", "rstrip", "single_word", "special")
    return {"content": content, **{name: False for name in names}, **flags}


CONFIGS = {
    "nothing": {},
    "ids that are taken": {
        "added_tokens_decoder": {
            "482": token("<a>"), "483": token("<b>"), "484": token("<c>", special=True),
            "485": token("<think>"),
        }
    },
    "ids with holes, out of order": {
        "added_tokens_decoder": {"500": token("<think>"), "490": token("<a>")}
    },
    "tokens that are there": {
        "added_tokens_decoder": {
            "0": token("<|endoftext|>", special=True),
            "2": token("<|im_end|>", lstrip=True, rstrip=True),
            "484": token("Max", rstrip=True),
        }
    },
    "defaults": {"added_tokens_decoder": {"485": {"content": "<think>"}}},
    "names": {
        "unk_token": "<a>", "bos_token": "<think>", "eos_token": "<|im_end|>",
        "pad_token": {"__type": "AddedToken", **token("<pad>", lstrip=True, special=True)},
    },
    "names and more, by text and with properties": {
        "mask_token": {"__type": "AddedToken", **token("<pad>", lstrip=True, rstrip=True)},
        "extra_special_tokens": [
            "<a>", {"__type": "AddedToken", **token("<think>", rstrip=True, normalized=True)}
        ],
    },
    "a name that is listed": {
        "added_tokens_decoder": {"485": token("<pad>", lstrip=True)}, "pad_token": "<pad>",
    },
    "more": {"extra_special_tokens": ["<think>", "<a>", "<|im_end|>"]},
    "more by name": {"extra_special_tokens": {"one": "<think>", "another": "<|im_end|>"}},
    "more by name, with properties": {
        "extra_special_tokens": {"one": {"__type": "AddedToken", **token("<a>", lstrip=True)}}
    },
    "names of its own": {
        "zoom_token": "<think>", "image_token": "<a>",
        "audio_token": {"__type": "AddedToken", **token("<pad>", rstrip=True)},
        "model_specific_special_tokens": {"x": "<b>"},
    },
    "several by name, in the order of the file": {
        "extra_special_tokens": {"z": "<think>", "a": "<a>", "m": "<pad>"},
    },
    "names of the model": {"model_specific_special_tokens": {"z": "<think>", "a": "<a>"}},
    "more by the old name": {"additional_special_tokens": ["<think>"], "mask_token": "<a>"},
    "the old name beside an object": {
        "extra_special_tokens": {"r_token": "<a>"}, "additional_special_tokens": ["<think>"],
    },
    "the old name beside an empty object": {
        "extra_special_tokens": {}, "additional_special_tokens": ["<think>"],
    },
    "one token twice, its properties in the list": {
        "bos_token": "<think>",
        "extra_special_tokens": [{"__type": "AddedToken", **token("<think>", lstrip=True)}],
    },
    "one token twice, its properties by name": {
        "bos_token": {"__type": "AddedToken", **token("<think>", lstrip=True)},
        "extra_special_tokens": ["<think>"],
    },
    "one token under two names": {
        "unk_token": {"__type": "AddedToken", **token("<think>", lstrip=True)},
        "bos_token": {"__type": "AddedToken", **token("<think>")},
    },
    "one token twice in the list": {
        "extra_special_tokens": [
            {"__type": "AddedToken", **token("<think>", lstrip=True)}, "<think>"
        ],
    },
    "one token twice, listed": {
        "added_tokens_decoder": {"485": token("<think>", lstrip=True)},
        "extra_special_tokens": ["<think>"],
    },
    "an object of a name of its own that is no token": {"image_token": token("<think>")},
}  # fmt: skip


# Files of transformers before 4.34 beside such a config: special_tokens_map.json and
# added_tokens.json.
OLDER = {
    "older files": (
        {},
        {"pad_token": "<pad>", "additional_special_tokens": ["<a>"]},
        {"<think>": 486, "<pad>": 485, "<a>": 490, "Max": 20},
    ),
    "older names that count": (
        {"pad_token": "<think>", "mask_token": "<a>"},
        {"pad_token": {"content": "<pad>", "lstrip": True, "rstrip": False, "normalized": False,
                       "single_word": False}},
        {},
    ),
    "older files that do not count": (
        {"added_tokens_decoder": {"485": token("<think>")}},
        {"pad_token": "<pad>"},
        {"<a>": 486},
    ),
    "names of its own in the older file": (
        {}, {"image_token": "<think>", "audio_token": token("<pad>", rstrip=True)}, {}
    ),
    "the old name in both": (
        {"additional_special_tokens": ["<a>"]}, {"additional_special_tokens": ["<think>"]}, {}
    ),
    "the new name in both": (
        {"extra_special_tokens": ["<a>", "<b>"]}, {"extra_special_tokens": ["<think>", "<a>"]}, {}
    ),
    "nothing that counts": ({"bos_token": "<a>", "mask_token": "<b>"}, {"bos_token": None}, {}),
    "more by name in the older file": ({}, {"extra_special_tokens": {"x_token": "<think>"}}, {}),
    "an empty list beside its old name": (
        {"extra_special_tokens": [], "additional_special_tokens": ["<think>"]}, {}, {}
    ),
    "a list, and an object in the older file": (
        {"extra_special_tokens": ["<a>"]}, {"extra_special_tokens": {"x_token": "<think>"}}, {}
    ),
    "the old name, and an object in the older file": (
        {}, {"extra_special_tokens": {"x": "<think>"}, "additional_special_tokens": ["<a>"]}, {}
    ),
    "one name of its own in both": ({"foo_token": "<a>"}, {"foo_token": "<think>"}, {}),
    "one name of its own in both, as object": (
        {"foo_token": {"__type": "AddedToken", **token("<a>")}},
        {"foo_token": token("<think>", rstrip=True)}, {},
    ),
    "nothing in the older file": (
        {"extra_special_tokens": ["<think>"]}, {"extra_special_tokens": None}, {}
    ),
    "an empty list in the older file": (
        {}, {"extra_special_tokens": [], "additional_special_tokens": ["<think>"]}, {}
    ),
    "names of its own among older tokens": (
        {"image_token": "<think>"}, {}, {"<think>": 485, "<a>": 486}
    ),
}  # fmt: skip


def cases():
    return {name: (config, {}, {}) for name, config in CONFIGS.items()} | OLDER


def golden(tokenizer, config, special_tokens, added_tokens):
    files = {
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": config,
        "special_tokens_map.json": special_tokens,
        "added_tokens.json": added_tokens,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file, content in files.items():
            (folder / file).write_text(json.dumps(content), encoding="utf-8")
        theirs = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = [theirs(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    decoded = [theirs.decode(row, skip_special_tokens=True,
                             clean_up_tokenization_spaces=False) for row in ids]  # fmt: skip
    return {
        "config": config,
        "special_tokens": special_tokens,
        "added_tokens": added_tokens,
        "ids": ids,
        "decoded": decoded,
    }
