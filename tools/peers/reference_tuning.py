# SPDX-License-Identifier: Apache-2.0
"""Compares the course of tuning with tools/reference: same samples, order and first adapter."""

import random

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from yardstick import arms_of, methods, tuning

# Relative: logits of up to 20, rounded to 2^-24, move losses of about 1 by 1e-6; ten of these. The
# largest seen was 8.2e-7.
LOSS_GAP = 1e-5
# AdamW's first step has this size whatever the gradient's, so where a gradient is mere rounding,
# the step's direction is chance.
LEARNING_RATE = 2e-4
# Of any entry: half a step, so that none went another way in even one update (seen: 2.3e-6).
ADAPTER_GAP = LEARNING_RATE / 2
# Root mean square of the gaps, of that of the way which tuning went: gradients differ by 1e-5 of
# their largest, and small ones by more of themselves (seen: 9.5e-5).
ADAPTER_SHARE = 1e-3
# The prompts are short: the reference's 512 tokens would cut none.
CUT = 90


def arms_to_tune(each_switch):
    if not each_switch:
        return arms_of(())
    cut = methods.Method(max_prefix_tokens=CUT)
    return arms_of(("prefix", "label_vocabulary", "loss_position")) | {
        "max_prefix_tokens": (cut, ["method.mode=paper", f"method.max_prefix_tokens={CUT}"])}


def make_adapter(expert, folder):
    """As peft begins, but with B away from zero, so that A has a gradient from the start."""
    torch.manual_seed(3)
    base = AutoModelForCausalLM.from_pretrained(expert, dtype="float32")
    model = get_peft_model(base, LoraConfig(
        r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["q_proj", "v_proj"],
        task_type="CAUSAL_LM"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    model.save_pretrained(folder)


def write_order(path, num_samples):
    order = list(range(num_samples))
    random.Random(5).shuffle(order)
    path.write_text("".join(f"{index}\n" for index in order), encoding="ascii")
    return order


def tune_ours(setting, arm, overrides, settings):
    """Losses and adapter of our program, whose samples are in the arm's run directory."""
    names = ("iterations", "learning_rate", "micro_batch", "gradient_accumulation")
    setting.runs.job("finetune", arm, [
        *overrides, f"lora.dropout={settings.dropout}",
        *(f"finetune.{name}={getattr(settings, name)}" for name in names)])
    adapter = setting.runs.directory(arm) / "adapter" / "adapter_model.safetensors"
    return setting.runs.losses(arm), load_file(adapter)


def examples_of(setting, arm, method):
    questions = {problem.id: problem.question for problem in setting.problems}
    return tuning.make_examples(setting.runs.export(arm), questions,
                                setting.runs.trajectories(arm), setting.pair.tokenizer,
                                setting.form, method)


def tune_theirs(setting, arm, method, settings, order):
    model = tuning.load_tuned(setting.folder / "expert", setting.runs.scratch / "first", settings)
    losses = tuning.tune(model, setting.pair.tokenizer, examples_of(setting, arm, method), order,
                         method, settings)
    return losses, get_peft_model_state_dict(model)


def compare(name, ours, theirs, first):
    """Both sides' (losses, adapter); `first` is the adapter before tuning."""
    assert len(ours[0]) == len(theirs[0]), f"{name}: {len(ours[0])} losses"
    loss_gap = max(abs(a - b) / b for a, b in zip(ours[0], theirs[0]))
    assert ours[1].keys() == theirs[1].keys() == first.keys(), f"{name}: other tensors"
    flat = [torch.cat([tensors[key].flatten() for key in sorted(first)])
            for tensors in (ours[1], theirs[1], first)]
    gaps, way = flat[0] - flat[1], flat[1] - flat[2]
    gap, share = gaps.abs().max().item(), (gaps.norm() / way.norm()).item()
    print(f"{name}: loss {theirs[0][0]:.4f} to {theirs[0][-1]:.4f} within {loss_gap:.1e}, adapter "
          f"within {gap:.1e}, {share:.1e} of its way", flush=True)
    assert loss_gap <= LOSS_GAP, f"{name}: losses {ours[0]}, expected {theirs[0]}"
    assert gap <= ADAPTER_GAP and share <= ADAPTER_SHARE, f"{name}: adapters differ"


def check(setting, updates, each_switch):
    settings = tuning.Settings(iterations=updates, learning_rate=LEARNING_RATE, dropout=0.0)
    folder, order_file = setting.runs.scratch / "first", setting.runs.scratch / "order.txt"
    make_adapter(setting.folder / "expert", folder)
    first = load_file(folder / "adapter_model.safetensors")
    plain = []
    for arm, (method, overrides) in arms_to_tune(each_switch).items():
        setting.runs.job("sample", arm, overrides)
        order = write_order(order_file, len(setting.runs.export(arm)))
        ours = tune_ours(setting, arm, [*overrides, f"lora.start_from={folder}",
                                        f"finetune.order_file={order_file}"], settings)
        theirs = tune_theirs(setting, arm, method, settings, order)
        compare(f"{setting.name}, tuning, {arm}", ours, theirs, first)
        plain = theirs[0] if arm == "paper" else plain
        tells = max(abs(a / b - 1) for a, b in zip(theirs[0], plain)) > 10 * LOSS_GAP
        assert tells or arm == "paper", f"{setting.name}, tuning, {arm}: changes no loss"
