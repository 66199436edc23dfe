#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our decoder with transformers: logits, and greedy tokens decoded alone and in a batch of
prompts of many lengths. fp32: logits within 1e-4, tokens equal wherever the choice is not closer
than 1e-3, and fewer than 1 % of all choices that close. bfloat16: as near to transformers as its
two kinds of attention are to each other, in logits and in tokens, and as near to fp32 as it is.

    check_model.py FOLDER ...   these models, in fp32
    check_model.py --families   a small random model of every family, in fp32 and bfloat16
    check_model.py --adapter    peft's adapter on a bfloat16 model
"""
import argparse
import pathlib
import sys
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.utils import logging

import ours

sys.path.append(str(ours.ROOT / "tools" / "random_model"))
from models import SHAPES, random_model, write_old_style_config  # noqa: E402

NUM_TOKENS = 200
NUM_PROMPTS = 6
# Wider weights amplify bfloat16's rounding from layer to layer until a comparison says nothing.
BFLOAT16_STD = 0.1
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load(folder, dtype):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


@torch.no_grad()
def check_error(found, narrow, exact, prompts):
    """Rounding errors of ours and theirs, against fp32 on the same weights, are of one size."""
    own = ours.logit_gap(exact, lambda i: found[f"logits.{i}"], prompts)
    their = ours.logit_gap(exact, lambda i: narrow(prompts[i][None]).logits[0].float(), prompts)
    assert own <= ours.SLACK * their, f"ours is {own:.2e} from fp32, transformers {their:.2e}"
    return f"from fp32: ours {own:.1e}, theirs {their:.1e}"


def check_float32(name, folder, prompts):
    random_model(1, **SHAPES[name]).save_pretrained(folder)
    found = ours.dump_logits(folder, prompts, dtype="auto", tokens=NUM_TOKENS)
    print(f"{name}, float32: {ours.compare(load(folder, 'float32'), found, prompts, NUM_TOKENS)}",
          flush=True)


def check_bfloat16(name, folder, prompts):
    model = random_model(1, std=BFLOAT16_STD, **SHAPES[name]).to(torch.bfloat16)
    model.save_pretrained(folder, max_shard_size="60KB")
    write_old_style_config(folder)
    found = ours.dump_logits(folder, prompts, dtype="auto", tokens=NUM_TOKENS)
    narrow, other = load(folder, "bfloat16"), load(folder, "bfloat16")
    other.set_attn_implementation("eager")
    result = ours.compare_bfloat16(narrow, other, found, prompts, NUM_TOKENS)
    error = check_error(found, narrow, load(folder, "float32"), prompts)
    print(f"{name}, bfloat16: {result}; {error}", flush=True)


@torch.no_grad()
def check_bfloat16_adapter(folder):
    random_model(1, std=BFLOAT16_STD, **SHAPES["qwen3"]).to(torch.bfloat16).save_pretrained(folder)
    tuned = get_peft_model(load(folder, "bfloat16"), LoraConfig(
        r=4, lora_alpha=8, target_modules=MODULES, task_type="CAUSAL_LM"))
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    adapter = folder / "adapter"
    tuned.save_pretrained(adapter)
    narrow = PeftModel.from_pretrained(load(folder, "bfloat16"), adapter).eval()
    exact = PeftModel.from_pretrained(load(folder, "float32"), adapter).eval()
    prompts = ours.random_prompts(SHAPES["qwen3"]["vocab_size"], NUM_PROMPTS)
    found = ours.dump_logits(folder, prompts, adapter, dtype="bfloat16", tokens=1)
    print(f"adapter on bfloat16, {check_error(found, narrow, exact, prompts)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    parser.add_argument("--families", action="store_true")
    parser.add_argument("--adapter", action="store_true")
    parser.add_argument("--prompts", type=int, default=100)
    arguments = parser.parse_args()
    logging.disable_progress_bar()
    for folder in arguments.folders:
        model = load(folder, "float32")
        prompts = ours.random_prompts(model.config.vocab_size, arguments.prompts)
        print(f"{folder}: {ours.compare(model, ours.dump_logits(folder, prompts), prompts)}")
    small = [name for name, shape in SHAPES.items() if shape["vocab_size"] < 10_000]
    for name in small if arguments.families else []:
        prompts = ours.random_prompts(SHAPES[name]["vocab_size"], NUM_PROMPTS)
        for check in (check_float32, check_bfloat16):
            with tempfile.TemporaryDirectory() as folder:
                check(name, pathlib.Path(folder), prompts)
    if arguments.adapter:
        with tempfile.TemporaryDirectory() as folder:
            check_bfloat16_adapter(pathlib.Path(folder))


if __name__ == "__main__":
    main()
