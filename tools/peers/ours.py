# SPDX-License-Identifier: Apache-2.0
"""Our own logits and greedy tokens, and how they are compared with those of transformers."""
import json
import pathlib
import subprocess
import tempfile

import torch
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
DUMP_LOGITS = ROOT / "build" / "release" / "tests" / "dump_logits"
NUM_GREEDY = 40
LOGIT_GAP = 1e-4      # fp32
SMALLEST_MARGIN = 1e-3  # a greedy choice by less may differ; the rest of its row is not compared


def random_prompts(vocabulary, count, longest=60, seed=5):
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, longest + 1, (count,), generator=generator)
    return [torch.randint(0, vocabulary, (int(n),), generator=generator) for n in lengths]


def dump_logits(folder, prompts, adapter=None, program=DUMP_LOGITS):
    """logits.i and greedy.i of each prompt, computed by our decoder."""
    lines = "".join(json.dumps(prompt.tolist()) + "\n" for prompt in prompts)
    with tempfile.TemporaryDirectory() as temporary:
        output = pathlib.Path(temporary) / "logits.safetensors"
        command = [program, folder, output] + ([adapter] if adapter else [])
        subprocess.run(command, input=lines, text=True, check=True)
        return load_file(output)


@torch.no_grad()
def compare(model, ours, prompts):
    """Largest logit gap, tokens compared, and tokens left out because of a close choice."""
    gap, compared, skipped = 0.0, 0, 0
    for i, prompt in enumerate(prompts):
        theirs = model(prompt[None]).logits[0]
        gap = max(gap, float((theirs - ours[f"logits.{i}"]).abs().max()))
        greedy = ours[f"greedy.{i}"]
        # One pass over our own tokens says at every step what transformers would have chosen there.
        steps = model(torch.cat([prompt, greedy])[None]).logits[0, len(prompt) - 1:-1]
        top = steps.topk(2)
        close = (top.values[:, 0] - top.values[:, 1] < SMALLEST_MARGIN).nonzero()
        end = int(close[0]) if len(close) else NUM_GREEDY
        assert len(greedy) == NUM_GREEDY, f"prompt {i}: {len(greedy)} tokens"
        assert torch.equal(top.indices[:end, 0], greedy[:end]), f"prompt {i}: other tokens"
        compared += end
        skipped += NUM_GREEDY - end
    assert gap <= LOGIT_GAP, f"logit gap {gap:.2e} exceeds {LOGIT_GAP:.0e}"
    return gap, compared, skipped
