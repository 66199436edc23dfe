# SPDX-License-Identifier: Apache-2.0
"""The two models' shapes and their training from scratch."""

import time
from dataclasses import dataclass
from random import Random

import torch
from problems import draw_new_problem
from tokenizer import END
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

BATCH = 64
WARM_UP = 100
INITIAL_SEED = 1


@dataclass(frozen=True)
class Recipe:
    hidden_size: int
    layers: int
    heads: int
    kv_heads: int
    intermediate_size: int
    direct_share: float  # answers in training that skip the reasoning
    iterations: int
    stream_seed: int


# The expert can reason but mostly answers directly; the amateur almost never tries to reason. So
# the two differ most at the token that begins a calculation, which is what the contrast finds.
RECIPES = {
    "expert": Recipe(128, 4, 4, 2, 384, direct_share=0.60, iterations=3500, stream_seed=7),
    "amateur": Recipe(64, 2, 2, 1, 192, direct_share=0.97, iterations=1500, stream_seed=8),
}


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> Qwen2ForCausalLM:
    torch.manual_seed(INITIAL_SEED)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        intermediate_size=recipe.intermediate_size,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return Qwen2ForCausalLM(config)


def draw_batch(random: Random, recipe: Recipe, tokenizer, taken):
    """Token ids padded on the right [batch, length] and, of the same shape, the next tokens to
    learn: those of the answer, -100 elsewhere. No attention mask: padding comes last."""
    prompts, answers = [], []
    for _ in range(BATCH):
        problem = draw_new_problem(random, taken)
        is_direct = random.random() < recipe.direct_share
        prompts.append(problem.prompt())
        answers.append((problem.direct() if is_direct else problem.reasoned()) + END + "\n")
    prompt_ids = tokenizer(prompts).input_ids
    answer_ids = tokenizer(answers).input_ids
    length = max(len(p) + len(a) for p, a in zip(prompt_ids, answer_ids))
    ids = torch.full((BATCH, length), tokenizer.pad_token_id)
    targets = torch.full((BATCH, length), -100)
    for row, (prompt, answer) in enumerate(zip(prompt_ids, answer_ids)):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        targets[row, len(prompt) - 1 : end - 1] = torch.tensor(answer)
    return ids, targets


def train_model(name: str, tokenizer: PreTrainedTokenizerFast, taken, iterations: int | None):
    """Trains from scratch on an endless stream without the problems in `taken`."""
    recipe = RECIPES[name]
    iterations = iterations or recipe.iterations
    model = build_model(recipe, tokenizer).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.98), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min(1, (i + 1) / WARM_UP) * max(0.02, 1 - i / iterations)
    )
    random = Random(recipe.stream_seed)
    begin = time.monotonic()
    for iteration in range(iterations):
        ids, targets = draw_batch(random, recipe, tokenizer, taken)
        rows = targets != -100
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[rows]
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if iteration % 100 == 0 or iteration + 1 == iterations:
            seconds = time.monotonic() - begin
            print(f"{name} {iteration} loss {loss.item():.4f} {seconds:.0f} s", flush=True)
    return model.eval()
