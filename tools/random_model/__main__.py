# SPDX-License-Identifier: Apache-2.0
"""Writes a model with random weights as a Hugging Face folder.

usage: tools/make_random_model OUT --like SHAPE     (packages: tools/peers/requirements.txt)
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from models import DEFAULT_STD, SHAPES, random_model, write_old_style_config


def key_and_value(text: str) -> tuple[str, object]:
    """hidden_size=32: a key of config.json and its value, as JSON or else as text."""
    key, _, value = text.partition("=")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools/make_random_model",
        description="Makes a model with random weights, for tests, checks and measurements. Equal "
        "arguments give equal bytes on one machine.",
    )
    parser.add_argument("out", type=Path, help="folder to make anew")
    parser.add_argument("--like", choices=SHAPES, default="qwen2.5", help="family and shape")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", type=key_and_value,
                        help="keys of config.json to change, num_hidden_layers=4")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--std", type=float, default=DEFAULT_STD, help="of the weights")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard-size", default="5GB", help="largest weight file, 100KB or 5GB")
    parser.add_argument("--old-keys", action="store_true", help="config.json as transformers 4's")
    parser.add_argument("--tokenizer", type=Path, help="folder whose tokenizer files are copied")
    arguments = parser.parse_args()

    shape = {**SHAPES[arguments.like], **dict(arguments.set)}
    model = random_model(arguments.seed, std=arguments.std, **shape)
    model = model.to(getattr(torch, arguments.dtype))
    shutil.rmtree(arguments.out, ignore_errors=True)
    model.save_pretrained(arguments.out, max_shard_size=arguments.shard_size)
    if arguments.old_keys:
        write_old_style_config(arguments.out)
    if arguments.tokenizer:
        for path in arguments.tokenizer.glob("tokenizer*"):
            shutil.copy(path, arguments.out)
    print(f"{arguments.out}: {model.num_parameters():,} parameters, {arguments.dtype}")


if __name__ == "__main__":
    main()
