#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our tokenizer with Hugging Face `tokenizers`, family by family.

Small tokenizers of each family and real vocabularies encode and decode the demo's problems, the
problem sets of a data folder if there is one, made-up hard texts and the characters of the planes
in use. Any difference is printed and makes the exit status 1.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

from vocabularies import ROOT, real_tokenizers, small_tokenizers

from texts import TEXTS, hard_texts

# Planes with characters, and which of them are tried: 2 and 3 hold ideographs alone.
STEPS = {0: 1, 1: 1, 2: 16, 3: 16, 14: 1}
CHARACTERS_A_TEXT = 64


def problem_texts(folder):
    """Every text field of every JSON Lines file under a folder."""
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield from (value for value in json.loads(line).values() if isinstance(value, str))


def character_texts():
    """Characters beside letters, digits, marks, white space and themselves."""
    codes = [plane << 16 | low for plane in STEPS for low in range(0, 1 << 16, STEPS[plane])]
    characters = [chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF]
    for i in range(0, len(characters), CHARACTERS_A_TEXT):
        few = characters[i : i + CHARACTERS_A_TEXT]
        yield "".join(f"a{c}1{c}'{c}x\u0301{c}\u0323\n{c}{c} " for c in few)


def run_ours(program, tokenizer_file, texts):
    """One {"ids", "with_special_tokens", "text"} a text, from a run of encode_lines."""
    lines = "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    command = [program, tokenizer_file]
    run = subprocess.run(
        command, input=lines, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return [json.loads(line) for line in run.stdout.split("\n") if line]


def differences(program, name, tokenizer, texts):
    """The number of texts on which the two differ; the first few are printed."""
    theirs = Tokenizer.from_str(json.dumps(tokenizer))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tokenizer.json"
        file.write_text(json.dumps(tokenizer), encoding="utf-8")
        ours = run_ours(program, file, texts)
    if len(ours) != len(texts):
        sys.exit(f"{name}: {len(texts)} texts went in, {len(ours)} came out")
    ids = [encoding.ids for encoding in theirs.encode_batch(texts, add_special_tokens=False)]
    special = [encoding.ids for encoding in theirs.encode_batch(texts)]
    decoded = theirs.decode_batch(ids, skip_special_tokens=False)
    differing = 0
    for text, result, *values in zip(texts, ours, ids, special, decoded):
        expected = dict(zip(("ids", "with_special_tokens", "text"), values))
        if result != expected:
            differing += 1
            if differing <= 3:
                print(f"{name} differs on {text!r}\n  theirs {expected}\n  ours   {result}")
    num_tokens = sum(map(len, ids))
    print(f"{name}: {len(texts)} texts, {num_tokens} tokens, {differing} differ", flush=True)
    return differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("encode_lines", help="the test tool of that name in the build folder")
    parser.add_argument("data", type=pathlib.Path, nargs="?", help="folder of problem sets")
    arguments = parser.parse_args()

    texts = [*TEXTS, *hard_texts(seed=2, count=3000), *problem_texts(ROOT / "config" / "demo")]
    if arguments.data:
        texts += problem_texts(arguments.data)
    program = arguments.encode_lines
    total = sum(
        differences(program, name, tokenizer, [*texts, *character_texts()])
        for name, tokenizer in small_tokenizers().items()
    )
    total += sum(
        differences(program, name, tokenizer, texts)
        for name, (_, tokenizer) in real_tokenizers().items()
    )
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
