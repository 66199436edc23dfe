# SPDX-License-Identifier: Apache-2.0
"""Compares the course of tuning in bfloat16, and finds out whether what differs is rounding.

A bfloat16 logit of 20 has steps of 0.125, so one rounding that goes another way shows in a loss's
third digit, and a tuning of many updates never comes back. No bound on single losses follows from
that; two runs that differ in nothing but rounding tell the size: transformers against itself with
another kind of attention. Ours must be as near. Where nothing rounds to bfloat16 but the weights,
the courses must agree as those in fp32 do: what is left of the difference then is no rounding."""

import dataclasses
import shutil

import torch
from transformers import AutoModelForCausalLM

import reference_tuning
from yardstick import methods, tuning

# The root mean square of 30 errors drawn alike has a relative deviation of 1 / sqrt(60), the
# quotient of two of them one of 18 %: a factor of two is five times as much.
SLACK = 2


def gap(one, other):
    """Root mean square of the losses' relative differences."""
    return (sum((a / b - 1) ** 2 for a, b in zip(one, other)) / len(other)) ** 0.5


def round_weights(expert, folder):
    shutil.copytree(expert, folder)
    model = AutoModelForCausalLM.from_pretrained(expert, dtype=torch.bfloat16)
    model.save_pretrained(folder)


def losses_of_peft(expert, first, dtype, attention, work):
    """`work`: tokenizer, examples, order and settings. Without autocast, as ours."""
    tokenizer, examples, order, settings = work
    model = tuning.load_tuned(expert, first, dataclasses.replace(settings, dtype=dtype))
    model.get_base_model().set_attn_implementation(attention)
    return tuning.tune(model, tokenizer, examples, order, methods.Method(), settings)


def check(setting, updates):
    """In the arm "paper", which `setting` has sampled in fp32."""
    settings = tuning.Settings(iterations=updates, learning_rate=reference_tuning.LEARNING_RATE,
                               dropout=0.0)
    scratch = setting.runs.scratch
    first, expert = scratch / "first", scratch / "rounded"
    round_weights(setting.folder / "expert", expert)
    examples = reference_tuning.examples_of(setting, "paper", methods.Method())
    order = reference_tuning.write_order(scratch / "order.txt", len(examples))
    work = (setting.pair.tokenizer, examples, order, settings)

    def ours(dtype):
        losses, _ = reference_tuning.tune_ours(setting, dtype, [
            f"models.expert={expert}", f"models.dtype={dtype}", f"lora.start_from={first}",
            f"finetune.order_file={scratch / 'order.txt'}",
            f"samples.file={scratch / 'paper.jsonl'}"], settings)
        return losses

    exact = gap(ours("float32"), losses_of_peft(expert, first, "float32", "sdpa", work))
    found = ours("bfloat16")
    narrow, other = (losses_of_peft(expert, first, "bfloat16", attention, work)
                     for attention in ("sdpa", "eager"))
    seen, allowed = gap(found, narrow), SLACK * gap(other, narrow)
    print(f"{setting.name}, tuning in bfloat16: losses {seen:.1e} from peft's, which are "
          f"{gap(other, narrow):.1e} from its own with another attention, first update "
          f"{abs(found[0] / narrow[0] - 1):.1e}; fp32 on the same weights {exact:.1e}", flush=True)
    assert seen <= allowed, f"losses {found}, expected {narrow}"
    assert exact <= reference_tuning.LOSS_GAP, "the weights are read otherwise"
