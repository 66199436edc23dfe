#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the prompts of config/prompts with transformers' apply_chat_template, id by id.

Each preset meets a real vocabulary of its family (a small one where no package has one): with all
kinds of system prompt for hard questions, with its own for those of the demo and of a data folder,
if there is one. Any difference is printed and makes the exit status 1.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

from vocabularies import ROOT, real_tokenizers, small_tokenizers

from prompts import PRESETS, QUESTIONS, cases, render
from texts import hard_texts


def questions_of(folder):
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                row = json.loads(line)
                yield from (row[key] for key in ("question", "problem") if key in row)


def differences(program, name, tokenizer, prompts):
    """The number of prompts that differ; the first few are printed."""
    theirs = Tokenizer.from_str(json.dumps(tokenizer))
    lines = "".join(json.dumps({"system": s, "question": q}) + "\n" for s, q, _ in prompts)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tokenizer.json"
        file.write_text(json.dumps(tokenizer), encoding="utf-8")
        command = [program, file, ROOT / "config" / "prompts" / f"{name}.toml"]
        run = subprocess.run(
            command, input=lines, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
    ours = [json.loads(line) for line in run.stdout.splitlines()]
    if len(ours) != len(prompts):
        sys.exit(f"{name}: {len(prompts)} prompts went in, {len(ours)} came out")
    differing = 0
    texts = render(name, [messages for _, _, messages in prompts], theirs)
    encodings = theirs.encode_batch(texts, add_special_tokens=False)
    for text, expected, ids in zip(texts, encodings, ours):
        if ids != expected.ids:
            differing += 1
            if differing <= 3:
                print(f"{name} differs on {text!r}\n  ours: {theirs.decode(ids, False)!r}")
    print(f"{name}: {len(prompts)} prompts, {differing} differ", flush=True)
    return differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("encode_prompts", help="the test tool of that name in the build folder")
    parser.add_argument("data", type=pathlib.Path, nargs="?", help="folder of problem sets")
    arguments = parser.parse_args()

    hard = [*QUESTIONS, *hard_texts(seed=3, count=300)]
    questions = [*questions_of(ROOT / "config" / "demo")]
    if arguments.data:
        questions += questions_of(arguments.data)
    tokenizers = small_tokenizers()
    tokenizers |= dict(real_tokenizers().values())
    program = arguments.encode_prompts
    total = 0
    for name, preset in PRESETS.items():
        prompts = [*cases(name, hard), *cases(name, questions, systems=[None])]
        total += differences(program, name, tokenizers[preset.family], prompts)
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
