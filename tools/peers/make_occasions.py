# SPDX-License-Identifier: Apache-2.0
"""Makes a pair and a run file that give the reference's switches something to do, for
tools/ablate_reference:

    .deps/peers/bin/python tools/peers/make_occasions.py OUT
    tools/ablate_reference --run-file OUT/run.toml --prefix-limit 64

OUT/expert and OUT/amateur are the embedded pair with heads wider than their tokenizer, as released
models have them, and a repetition penalty in their generation configuration. The prompt of
OUT/run.toml holds the pad token and begins the answer, so that the two models part in its first
step. No prompt reaches the 512 tokens that the reference keeps: the limit is set lower."""

import json
import pathlib
import shutil
import sys

import torch
from transformers import AutoModelForCausalLM

from random_pair import DEMO, SYSTEM

WIDTH = 512  # rows of the heads; the tokenizer has 485
REPETITION_PENALTY = 1.1
PROMPT = f"""system = {json.dumps(SYSTEM)}
after_question = "<|im_end|>\\n<|im_start|>assistant\\nSolution:"
"""


def widen(name, folder):
    shutil.copytree(DEMO / name, folder)
    torch.manual_seed(11)
    model = AutoModelForCausalLM.from_pretrained(DEMO / name, dtype=torch.float32)
    model.resize_token_embeddings(WIDTH)
    model.generation_config.repetition_penalty = REPETITION_PENALTY
    model.save_pretrained(folder)


def write_run_file(folder):
    text = (DEMO.parent / "runs" / "demo.toml").read_text(encoding="utf-8")
    for name in ("expert", "amateur"):
        widen(name, folder / name)
        text = text.replace(f'"../demo/{name}"', json.dumps(name))
    text = text.replace('"../demo/', f'"{DEMO}/')
    first, rest = text.split("system = ", maxsplit=1)
    text = first + PROMPT + rest.split("\n", maxsplit=1)[1]
    (folder / "run.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True)
    write_run_file(out)
