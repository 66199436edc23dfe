#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our decoder with transformers on model folders: logits within 1e-4, greedy tokens of 100
prompts equal until a choice is closer than 1e-3.

    check_model.py FOLDER [FOLDER ...]
"""
import argparse

from transformers import AutoModelForCausalLM

import ours


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--prompts", type=int, default=100)
    arguments = parser.parse_args()
    for folder in arguments.folders:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
        prompts = ours.random_prompts(model.config.vocab_size, arguments.prompts)
        gap, compared, skipped = ours.compare(model, ours.dump_logits(folder, prompts), prompts)
        assert compared > 0.9 * (compared + skipped), f"{folder}: too few clear choices to compare"
        print(f"{folder}: {len(prompts)} prompts, logit gap {gap:.1e}, {compared} greedy tokens "
              f"equal, {skipped} after a close choice left out")


if __name__ == "__main__":
    main()
