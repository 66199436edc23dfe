#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds tools/reference against plain double-precision loops, for every switch alone and all at
once: contrast, soft labels and loss of random logits, and what a padded batch's models read.

    check_reference_oracle.py
"""
import math
import pathlib
import sys
import tempfile
import types

import torch

import random_pair
from yardstick import methods, sampling, texts, tuning

# Relative: a divergence or weight of fp32 logits up to 20, rounded to 2^-24 of that, is off by
# 1e-6; ten of these.
TOLERANCE = 1e-5
ALPHA = 0.2
HEADS = 40, 37
ARMS = {key: methods.alone(key) for key in methods.Method.__dataclass_fields__} | methods.MODES


def softmax(row):
    top = max(row)
    powers = [math.exp(value - top) for value in row]
    return [power / sum(powers) for power in powers]


def contrast_of(expert, amateur, method):
    """KL, plausible ids and weights of one step, as the definitions read."""
    width = min(HEADS)
    if method.vocabulary == "shared":
        expert, amateur = expert[:width], amateur[:width]
    p, q = softmax(expert)[:width], softmax(amateur)[:width]
    e = method.log_epsilon
    ratio = [math.log(a + e) - math.log(b + e) for a, b in zip(p, q)]
    kl = sum((a + e) * r for a, r in zip(p, ratio))
    ids = [v for v in range(width) if p[v] >= ALPHA * max(p)]
    return kl, ids, softmax([ratio[v] for v in ids])


def close(ours, theirs):
    return abs(ours - theirs) <= TOLERANCE * max(1, abs(theirs))


def check_contrast(method):
    torch.manual_seed(1)
    ids = torch.arange(min(HEADS))
    pair = types.SimpleNamespace(columns=(ids, ids))
    # Spread far enough that some of the amateur's probabilities lie below 1e-12.
    logits = [8 * torch.randn(30, head) for head in HEADS]
    for t, step in enumerate(sampling.contrast(pair, *logits, method, ALPHA)):
        kl, ids, weights = contrast_of(*(rows[t].tolist() for rows in logits), method)
        assert close(step.kl, kl), f"step {t}: KL {step.kl}, expected {kl}"
        assert step.token_ids == ids, f"step {t}: ids {step.token_ids}, expected {ids}"
        assert all(map(close, step.weights, weights)), f"step {t}: weights"


@torch.no_grad()
def check_loss(model, tokenizer, method):
    """One micro-batch of unequal lengths; a label has an entry beyond the tokenizer's tokens."""
    size = tokenizer.vocab_size
    generator = torch.Generator().manual_seed(2)
    ids = [torch.randint(3, size, (n,), generator=generator).tolist() for n in (5, 9, 2)]
    labels = [([4, 7], [0.25, 0.75]), ([9], [1.0]), ([3, size + 1], [0.5, 0.5])]
    examples = [tuning.Example(i, *label) for i, label in zip(ids, labels)]
    expected = 0.0
    for example in examples:
        tokens, mask = example.ids, [1] * len(example.ids)
        if method.loss_position == "padded":
            lacking = max(map(len, ids)) - len(tokens)
            tokens, mask = tokens + [random_pair.PAD] * lacking, mask + [0] * lacking
        row = model(torch.tensor([tokens]), attention_mask=torch.tensor([mask])).logits[0, -1]
        row = row.tolist()
        width = size if method.label_vocabulary == "tokenizer" else len(row)
        log_pi = [math.log(p) for p in softmax(row[:width])]
        expected += sum(w * (math.log(w) - log_pi[v])
                        for v, w in zip(example.label_ids, example.weights) if v < width) / 3
    loss = tuning.micro_batch_loss(model, tokenizer, examples, method).item()
    assert close(loss, expected), f"loss {loss}, expected {expected}"


def check_amateur(pair, form, problem, method):
    """Batches of prefixes against one forward a prefix; text against ids where ids survive."""
    trajectory = sampling.generate(pair, texts.prompt_text(pair.tokenizer, form, problem.question),
                                   method, 12)
    rows = sampling.amateur_logits(pair, trajectory, method)
    for step, row in enumerate(rows):
        ids = trajectory.prompt_ids + trajectory.token_ids[:step]
        if method.prefix == "text":
            prefix = pair.tokenizer.decode(trajectory.token_ids[:step])
            ids = texts.encode(pair.tokenizer, method, trajectory.prompt + prefix)
        ids = torch.tensor([ids])
        seen = ids != random_pair.PAD if method.attention_mask == "not_pad" else ids >= 0
        with torch.no_grad():
            alone = pair.amateur(ids, attention_mask=seen.long()).logits[0, -1]
        gap = (alone - row).abs().max().item()
        assert gap <= 1e-4, f"step {step}: logits differ by {gap:.1e}"


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        random_pair.make_pair(folder, random_pair.FAMILIES[0])
        pair = sampling.load_pair(folder / "expert", folder / "amateur", "float32")
    problem = texts.read_problems(random_pair.DEMO / "problems" / "train.jsonl", 1)[0]
    form = texts.PromptFormat(random_pair.SYSTEM)
    for name, method in ARMS.items():
        try:
            check_contrast(method)
            check_loss(pair.expert, pair.tokenizer, method)
            check_amateur(pair, form, problem, method)
        except AssertionError as error:
            sys.exit(f"{name}: {error}")
    print(f"{len(ARMS)} methods agree with plain loops: " + ", ".join(ARMS))


if __name__ == "__main__":
    main()
