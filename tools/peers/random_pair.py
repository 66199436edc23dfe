# SPDX-License-Identifier: Apache-2.0
"""A small random pair of any family, made so that every switch of the method tells."""

import json
import pathlib
import shutil

import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

DEMO = pathlib.Path(__file__).resolve().parents[2] / "config" / "demo"
FAMILIES = ("qwen2", "qwen3", "llama")  # that the program supports
INIT_STD = 0.3  # wide enough that greedy choices have real margins
PAD, STOP = 0, 2  # of the demo's tokenizer
# A prompt that holds the pad token: only so does the amateur's mask matter.
SYSTEM = "Please reason<|endoftext|> step by step."


def make_model(folder, family, seed, sharpness, **shape):
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        family, max_position_embeddings=512, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True, eos_token_id=STOP, pad_token_id=PAD,
        **shape)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for name, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("norm" in name), std=INIT_STD)
    model.get_decoder().norm.weight.data *= sharpness
    # Processed scores differ from raw logits by this.
    model.generation_config = GenerationConfig(
        eos_token_id=STOP, pad_token_id=PAD, repetition_penalty=1.2)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(DEMO / "expert" / name, folder / name)


def make_pair(folder, family):
    """FOLDER/expert and FOLDER/amateur, whose heads differ from each other and from the
    tokenizer's 485 tokens, and FOLDER/run.toml. The amateur's is the wider, so that it can read
    whatever the expert says, and it is so sure that some of its probabilities lie below 1e-12."""
    make_model(folder / "expert", family, 1, 2, vocab_size=490, hidden_size=32,
               intermediate_size=48)
    make_model(folder / "amateur", family, 2, 6, vocab_size=496, hidden_size=16,
               intermediate_size=40)
    problems = json.dumps(str(DEMO / "problems" / "train.jsonl"))
    (folder / "run.toml").write_text(f"""[run]
directory = "unset"
[models]
expert = "expert"
amateur = "amateur"
[prompt]
system = {json.dumps(SYSTEM)}
[problems]
file = {problems}
[evaluation]
file = {problems}
""", encoding="utf-8")
