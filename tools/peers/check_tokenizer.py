#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our tokenizer with Hugging Face `tokenizers` on every text of problem sets.

Encodes and decodes each text field of each line with both; any difference is printed and makes the
exit status 1. Needs the `tokenizers` package.
"""

import argparse
import json
import pathlib
import subprocess
import sys

from tokenizers import Tokenizer


def texts_of(path):
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield from (value for value in json.loads(line).values() if isinstance(value, str))


def encode_with_ours(binary, tokenizer, texts):
    """One {"ids", "text"} a text, from a run of encode_lines."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run(
        [binary, tokenizer], input=lines, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return [json.loads(line) for line in run.stdout.split("\n") if line]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tokenizer", help="tokenizer.json")
    parser.add_argument("problems", type=pathlib.Path, nargs="+", help="JSON Lines files")
    parser.add_argument("encode_lines", help="the test tool of that name in the build folder")
    arguments = parser.parse_args()

    texts = [text for path in arguments.problems for text in texts_of(path)]
    theirs = Tokenizer.from_file(arguments.tokenizer)
    ours = encode_with_ours(arguments.encode_lines, arguments.tokenizer, texts)
    if len(ours) != len(texts):
        sys.exit(f"{len(texts)} texts went in, {len(ours)} came out")
    differences = 0
    for text, result in zip(texts, ours):
        ids = theirs.encode(text, add_special_tokens=False).ids
        expected = {"ids": ids, "text": theirs.decode(ids, skip_special_tokens=False)}
        if result != expected:
            differences += 1
            print(f"differs on {text!r}\n  theirs {expected}\n  ours   {result}")
    print(f"{len(texts)} texts, {sum(len(r['ids']) for r in ours)} tokens, {differences} differ")
    sys.exit(1 if differences or not texts else 0)


if __name__ == "__main__":
    main()
