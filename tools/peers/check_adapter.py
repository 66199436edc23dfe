#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads a run's adapter/ with peft and its merged/ with transformers and compares their logits, and
ours, within 1e-4.

    check_adapter.py RUN_DIRECTORY [--base FOLDER]
"""
import argparse
import json
import pathlib

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

import ours


@torch.no_grad()
def logit_gap(one, other, prompts):
    return max(float((one(p[None]).logits - other(p[None]).logits).abs().max()) for p in prompts)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN_DIRECTORY", type=pathlib.Path)
    parser.add_argument("--base", help="the tuned model's folder, default: as the adapter names it")
    arguments = parser.parse_args()
    adapter, merged_folder = arguments.run / "adapter", arguments.run / "merged"
    config = json.loads((adapter / "adapter_config.json").read_text())
    base_folder = arguments.base or config["base_model_name_or_path"]

    merged = AutoModelForCausalLM.from_pretrained(merged_folder, dtype="float32").eval()
    base = AutoModelForCausalLM.from_pretrained(base_folder, dtype="float32").eval()
    prompts = ours.random_prompts(base.config.vocab_size, 20)
    change = logit_gap(base, merged, prompts)
    adapted = PeftModel.from_pretrained(base, adapter).eval()
    gap = logit_gap(adapted, merged, prompts)
    assert gap <= ours.LOGIT_GAP, f"adapter and merged differ by {gap:.2e}"
    found = ours.dump_logits(base_folder, prompts, adapter)
    adapter_gap = ours.compare(adapted, found, prompts).gap
    merged_gap = ours.compare(merged, ours.dump_logits(merged_folder, prompts), prompts).gap
    print(f"{arguments.run}: tuning moved logits by up to {change:.2g}; gap between peft's adapter "
          f"and transformers' merged {gap:.1e}, ours and peft {adapter_gap:.1e}, "
          f"ours and transformers {merged_gap:.1e}")


if __name__ == "__main__":
    main()
