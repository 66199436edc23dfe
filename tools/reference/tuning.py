# SPDX-License-Identifier: Apache-2.0
"""Tuning: an adapter learns the soft labels, one prefix a sample."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from method import Method
from peft import LoraConfig, PeftModel
from texts import encode, load_tokenizer, pad_token, prompt_text
from transformers import AutoModelForCausalLM


@dataclass(frozen=True)
class Settings:
    """Defaults are the paper's."""

    iterations: int = 1000
    learning_rate: float = 5e-5
    micro_batch: int = 8
    gradient_accumulation: int = 2
    dropout: float = 0.05
    max_gradient_norm: float = 1.0
    dtype: str = "float32"


@dataclass
class Example:
    ids: list[int]
    label_ids: list[int]
    weights: list[float]


def read_order(path: Path, num_samples: int) -> list[int]:
    order = [int(line) for line in path.read_text(encoding="ascii").split()]
    if not order or not all(0 <= index < num_samples for index in order):
        raise SystemExit(f"{path}: must hold indices from 0 to {num_samples - 1}, one a line")
    return order


def make_examples(samples: list[dict], questions: dict[str, str], trajectories: dict[str, dict],
                  tokenizer, form, method: Method) -> list[Example]:
    """`trajectories`: by problem id, what `sample` wrote; read only with method.prefix=ids."""
    examples = []
    for sample in samples:
        if method.prefix == "ids":
            trajectory = trajectories[sample["prompt_id"]]
            ids = trajectory["prompt_ids"] + trajectory["token_ids"][:sample["step"]]
        else:
            prompt = prompt_text(tokenizer, form, questions[sample["prompt_id"]])
            ids = encode(tokenizer, method, prompt + sample["prefix"])
        if method.max_prefix_tokens:
            ids = ids[:method.max_prefix_tokens]
        examples.append(Example(ids, sample["token_ids"], sample["weights"]))
    return examples


def load_tuned(expert_folder: Path, adapter_folder: Path, settings: Settings) -> PeftModel:
    base = AutoModelForCausalLM.from_pretrained(expert_folder, dtype=settings.dtype)
    config = LoraConfig.from_pretrained(adapter_folder)
    config.lora_dropout = settings.dropout
    return PeftModel.from_pretrained(base, adapter_folder, config=config, is_trainable=True)


def micro_batch_loss(model, tokenizer, examples: list[Example], method: Method) -> torch.Tensor:
    """Mean of KL(w || pi) over the examples; a label's entries beyond the width are dropped."""
    pad = pad_token(tokenizer) if method.loss_position == "padded" else 0
    ids, mask = (
        torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=fill)
        for rows, fill in (
            ([torch.tensor(e.ids) for e in examples], pad),
            ([torch.ones(len(e.ids), dtype=torch.long) for e in examples], 0),
        )
    )
    logits = model(input_ids=ids, attention_mask=mask).logits
    rows = torch.arange(len(examples))
    position = mask.sum(1) - 1 if method.loss_position == "last" else -1
    width = tokenizer.vocab_size if method.label_vocabulary == "tokenizer" else logits.shape[-1]
    labels = torch.zeros(len(examples), width)
    for row, example in enumerate(examples):
        for token, weight in zip(example.label_ids, example.weights):
            if token < width:
                labels[row, token] = weight
    log_pi = torch.log_softmax(logits[rows, position, :width].float(), -1)
    return F.kl_div(log_pi, labels, reduction="batchmean")


def tune(model, tokenizer, examples: list[Example], order: list[int], method: Method,
         settings: Settings) -> list[float]:
    """Losses, one an update: the mean over its micro-batches, which are cut in the given order."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, betas=(0.9, 0.999),
                                  eps=1e-8, weight_decay=0.0)
    model.train()
    losses, position = [], 0
    for iteration in range(settings.iterations):
        remaining = (settings.iterations - iteration) / settings.iterations
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * remaining
        total = 0.0
        for _ in range(settings.gradient_accumulation):
            chosen = [order[(position + i) % len(order)] for i in range(settings.micro_batch)]
            position += settings.micro_batch
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.dtype == "bfloat16"):
                loss = micro_batch_loss(model, tokenizer, [examples[i] for i in chosen], method)
            loss = loss / settings.gradient_accumulation
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, settings.max_gradient_norm)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


def tune_folder(expert: Path, adapter: Path, out: Path, make, settings: Settings,
                method: Method) -> None:
    """`make(tokenizer)` gives examples and order."""
    tokenizer = load_tokenizer(expert)
    examples, order = make(tokenizer)
    model = load_tuned(expert, adapter, settings)
    losses = tune(model, tokenizer, examples, order, method, settings)
    model.save_pretrained(out)
    (out / "losses.json").write_text(json.dumps({"losses": losses}) + "\n", encoding="ascii")
    print(f"{out}: {len(examples)} samples, loss {losses[0]:.4f} to {losses[-1]:.4f}")
