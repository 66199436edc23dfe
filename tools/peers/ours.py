# SPDX-License-Identifier: Apache-2.0
"""Our own logits and greedy tokens, and how they are compared with those of transformers."""
import dataclasses
import json
import pathlib
import subprocess
import tempfile

import torch
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
DUMP_LOGITS = ROOT / "build" / "release" / "tests" / "dump_logits"
NUM_GREEDY = 40
# In fp32: sums of hundreds of terms on the way to logits of up to 20, each rounded to 2^-24, have a
# deviation of 20 * 2^-24 * sqrt(400) = 2.4e-5, about the largest gap seen (2.5e-5); four of these.
LOGIT_GAP = 1e-4
SMALLEST_MARGIN = 10 * LOGIT_GAP  # a greedy choice by less may differ
# In bfloat16 the measure is how far apart transformers' own two kinds of attention are.
SLACK = 1.5
MOST_OPEN = 0.01  # share of steps that may be undecided


def random_prompts(vocabulary, count, longest=60, seed=5):
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, longest + 1, (count,), generator=generator)
    return [torch.randint(0, vocabulary, (int(n),), generator=generator) for n in lengths]


def dump_logits(folder, prompts, adapter=None, dtype="float32", tokens=NUM_GREEDY):
    """logits.i, greedy.i and alone.i of each prompt, computed by our decoder."""
    lines = "".join(json.dumps(prompt.tolist()) + "\n" for prompt in prompts)
    with tempfile.TemporaryDirectory() as temporary:
        output = pathlib.Path(temporary) / "logits.safetensors"
        command = [DUMP_LOGITS, folder, output, dtype, str(tokens)]
        subprocess.run(command + ([adapter] if adapter else []), input=lines, text=True, check=True)
        return load_file(output)


@dataclasses.dataclass
class Comparison:
    gap: float = 0.0  # largest difference of a logit
    steps: int = 0    # greedy steps looked at
    close: int = 0    # of these, those whose choice was closer than the margin
    differ: int = 0   # of these, those where the choices differ

    def __str__(self):
        return (f"logit gap {self.gap:.1e}, {self.steps} greedy steps, {self.close} close, "
                f"{self.differ} differ")


def logit_gap(model, logits_of, prompts):
    """The largest difference between the model's logits and those that logits_of(i) gives."""
    return max(float((model(prompt[None]).logits[0].float() - logits_of(i)).abs().max())
               for i, prompt in enumerate(prompts))


def choices(model, prompt, greedy):
    """fp32 logits at every step of our own tokens: what the model would have chosen there."""
    return model(torch.cat([prompt, greedy])[None]).logits[0, len(prompt) - 1:-1].float()


def compare_tokens(steps, greedy, margin, result):
    """Steps with a clear choice must be equal; what follows a close one is compared as well."""
    top = steps.topk(2).values
    # How far our choice is behind theirs, 0 where they agree.
    behind = top[:, 0] - steps.gather(1, greedy[:, None])[:, 0]
    worst = float(behind.max())
    assert worst <= margin, f"a choice differs by {worst:.2e}, more than the margin {margin:.0e}"
    result.steps += len(greedy)
    result.close += int((top[:, 0] - top[:, 1] < margin).sum())
    result.differ += int((steps.argmax(-1) != greedy).sum())


@torch.no_grad()
def compare(model, ours, prompts, tokens=NUM_GREEDY):
    """Against a model in fp32: logits within LOGIT_GAP, tokens equal but for choices closer than
    SMALLEST_MARGIN."""
    result = Comparison(logit_gap(model, lambda i: ours[f"logits.{i}"], prompts))
    assert result.gap <= LOGIT_GAP, f"logit gap {result.gap:.2e} exceeds {LOGIT_GAP:.0e}"
    for i, prompt in enumerate(prompts):
        for how in ("greedy", "alone"):
            greedy = ours[f"{how}.{i}"]
            assert len(greedy) == tokens
            compare_tokens(choices(model, prompt, greedy), greedy, SMALLEST_MARGIN, result)
    assert result.close < MOST_OPEN * result.steps, f"too few clear choices: {result}"
    return result


@torch.no_grad()
def compare_bfloat16(model, other, ours, prompts, tokens):
    """Against a model in bfloat16 and the same with another attention: we are as near to the first
    as the second is, in logits and in choices."""
    own = Comparison(logit_gap(model, lambda i: ours[f"logits.{i}"], prompts))
    rival = Comparison(
        logit_gap(model, lambda i: other(prompts[i][None]).logits[0].float(), prompts))
    limit = SLACK * rival.gap
    assert own.gap <= limit, f"logit gap {own.gap:.2e} exceeds {limit:.2e}"
    for i, prompt in enumerate(prompts):
        for how in ("greedy", "alone"):
            greedy = ours[f"{how}.{i}"]
            assert len(greedy) == tokens
            steps = choices(model, prompt, greedy)
            compare_tokens(steps, greedy, 2 * limit, own)
            compare_tokens(steps, choices(other, prompt, greedy).argmax(-1), 2 * limit, rival)
    most = SLACK * rival.differ + MOST_OPEN * own.steps
    assert own.differ <= most, f"{own}; transformers' two kinds of attention: {rival}"
    return f"{own}; transformers' two attentions: gap {rival.gap:.1e}, {rival.differ} differ"
