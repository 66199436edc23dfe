# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/text: small tokenizers of each family and what `tokenizers` gives with them.

Needs the versions of tools/peers/requirements.txt. Beside tokenizer.json, the tokenizer of the demo
pair, which is read as it is and in variants (lists of JSON Patch operations that the C++ test
applies too) and with the tokens of configs.py, it writes
  FAMILY.json   a tokenizer trained on the texts with the family's pipeline
  goldens.json  words, ids and decoded texts
  prompts.json  prompts of the presets in config/prompts, by transformers' apply_chat_template
"""

import argparse
import json
import pathlib

import tokenizers
from tokenizers import Tokenizer, pre_tokenizers

import configs
from families import FAMILIES, PATTERNS, split, train
from prompts import PRESETS, QUESTIONS, cases, render
from texts import TEXTS, hard_texts
from variants import apply, variants

PINNED = "0.23.3"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "text"
NUM_HARD_TEXTS = 30
HARD_TEXTS = hard_texts(seed=1, count=NUM_HARD_TEXTS, longest=12)

# Id lists that cut characters, skip specials and reach beyond the vocabulary.
DECODED_IDS = [[], [0, 1, 2], [1, 40, 2, 41], [100000, 40], list(range(190, 260)), [484, 3, 0, 3],
               [484, 40, 600, 485, 700, 486, 3]]


def words():
    """Each text's words by each pattern, and by Digits."""
    splitters = {name: split(name) for name in PATTERNS}
    splitters["digit"] = pre_tokenizers.Digits(individual_digits=True)
    splitters["digits"] = pre_tokenizers.Digits(individual_digits=False)
    return {
        name: [[word for word, _ in splitter.pre_tokenize_str(text)] for text in TEXTS]
        for name, splitter in splitters.items()
    }


def golden(tokenizer, texts):
    theirs = Tokenizer.from_str(json.dumps(tokenizer))
    return {
        "ids": [theirs.encode(text, add_special_tokens=False).ids for text in texts],
        "with_special_tokens": [theirs.encode(text).ids for text in texts[:8]],
        "decoded": [
            [theirs.decode(ids, skip_special_tokens=skip) for skip in (False, True)]
            for ids in DECODED_IDS
        ],
    }


def prompt_golden(name, tokenizer):
    theirs = Tokenizer.from_str(json.dumps(tokenizer))
    prompts = list(cases(name, QUESTIONS))
    texts = render(name, [messages for _, _, messages in prompts], theirs)
    rows = [
        {"system": system, "question": question, "text": text,
         "ids": theirs.encode(text, add_special_tokens=False).ids}
        for (system, question, _), text in zip(prompts, texts)
    ]
    return {"family": PRESETS[name].family, "cases": rows}


def in_rows(value, depth=0):
    """JSON with one text, one text's words or one text's ids a row, for readable diffs."""
    if depth == 4 or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value)
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {in_rows(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n}"
    return "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]"


def write(name, value):
    (FOLDER / name).write_text(in_rows(value) + "\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(prog="tools/make_text_goldens",
                                     description=__doc__.split("\n")[0])
    parser.parse_args()
    if tokenizers.__version__ != PINNED:
        raise SystemExit(f"needs tokenizers=={PINNED}, found {tokenizers.__version__}")
    demo = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    families = {name: train(name, TEXTS * 2 + HARD_TEXTS) for name in FAMILIES}
    for name, tokenizer in families.items():
        write(f"{name}.json", tokenizer)
    goldens = {
        "tokenizers": tokenizers.__version__,
        "texts": TEXTS,
        "hard_texts": HARD_TEXTS,
        "words": words(),
        "decoded_ids": DECODED_IDS,
        "variants": {
            name: {"patch": patch, **golden(apply(patch, demo), TEXTS)}
            for name, patch in variants(demo).items()
        },
        "configs": {
            "texts": configs.TEXTS,
            "cases": {n: configs.golden(demo, *files) for n, files in configs.cases().items()},
        },
        "families": {name: golden(families[name], TEXTS + HARD_TEXTS) for name in FAMILIES},
    }
    write("goldens.json", goldens)
    prompts = {name: prompt_golden(name, families[PRESETS[name].family]) for name in PRESETS}
    write("prompts.json", prompts)


if __name__ == "__main__":
    main()
