# SPDX-License-Identifier: Apache-2.0
"""Greedy accuracy of a model, left alone and when made to begin a calculation."""

import re

import torch
from problems import Problem
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

BOXED = re.compile(r"boxed\s*\{\s*([\d\s]+)\}")


@torch.no_grad()
def _continuations(model, tokenizer, prompts: list[str], batch: int = 100) -> list[str]:
    texts: list[str] = []
    for begin in range(0, len(prompts), batch):
        inputs = tokenizer(
            prompts[begin : begin + batch],
            return_tensors="pt",
            padding=True,
            padding_side="left",
            return_token_type_ids=False,
        )
        output = model.generate(**inputs, max_new_tokens=96, do_sample=False)
        generated = output[:, inputs.input_ids.shape[1] :]
        texts += tokenizer.batch_decode(generated, skip_special_tokens=True)
    return texts


def accuracy(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    problems: list[Problem],
    forced: bool,
) -> float:
    """Share of right final answers. `forced`: the answer's first digit of the first calculation is
    put into the model's mouth."""
    openings = [f"Solution: {p.steps[0][0]}" if forced else "" for p in problems]
    prompts = [p.prompt() + opening for p, opening in zip(problems, openings)]
    right = 0
    for problem, text in zip(problems, _continuations(model, tokenizer, prompts)):
        found = BOXED.findall(text)
        right += bool(found) and found[-1].replace(" ", "") == str(problem.answer)
    return right / len(problems)
