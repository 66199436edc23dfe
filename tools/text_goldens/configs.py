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
    "more by the old name": {"additional_special_tokens": ["<think>"], "mask_token": "<a>"},
}  # fmt: skip


def golden(tokenizer, config):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
        theirs = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = [theirs(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    decoded = [theirs.decode(row, skip_special_tokens=True,
                             clean_up_tokenization_spaces=False) for row in ids]  # fmt: skip
    return {"config": config, "ids": ids, "decoded": decoded}
