# SPDX-License-Identifier: Apache-2.0
"""Sampling: the expert's greedy continuation, the amateur's view of it, and their contrast."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from method import Method
from texts import Problem, PromptFormat, encode, load_tokenizer, pad_token, prompt_text
from transformers import AutoModelForCausalLM, GenerationConfig

PREFIXES_A_FORWARD = 64


@dataclass
class Pair:
    expert: torch.nn.Module
    amateur: torch.nn.Module
    tokenizer: object  # the expert's, for both models
    columns: tuple[torch.Tensor, torch.Tensor]  # ids both know: the expert's, the amateur's


@dataclass
class Trajectory:
    prompt: str
    prompt_ids: list[int]
    token_ids: list[int]
    scores: torch.Tensor  # [steps, expert head] fp32


@dataclass
class Step:
    """One step's contrast, and how near its choices are."""

    kl: float
    token_ids: list[int]  # plausible ones, ascending
    weights: list[float]
    threshold_gap: float  # least relative distance of a probability to the plausibility threshold
    top_gap: float  # between the expert's two largest scores


def shared_columns(pair_tokenizers, heads) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids of the tokens that both tokenizers know; equal tokenizers share also the ids beyond the
    last token, up to the narrower head."""
    expert, amateur = (tokenizer.get_vocab() for tokenizer in pair_tokenizers)
    if expert == amateur:
        ids = torch.arange(min(heads))
        return ids, ids
    both = sorted((expert[token], amateur[token]) for token in expert.keys() & amateur.keys())
    return tuple(torch.tensor(ids) for ids in zip(*both))


def load_pair(expert_folder: Path, amateur_folder: Path, dtype: str) -> Pair:
    expert, amateur = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
        for folder in (expert_folder, amateur_folder)
    )
    tokenizers = load_tokenizer(expert_folder), load_tokenizer(amateur_folder)
    heads = expert.config.vocab_size, amateur.config.vocab_size
    return Pair(expert, amateur, tokenizers[0], shared_columns(tokenizers, heads))


@torch.no_grad()
def generate(pair: Pair, prompt: str, method: Method, max_new_tokens: int) -> Trajectory:
    """`scores` decides on the continuation too: it is greedy in the distribution contrasted."""
    own = pair.expert.generation_config
    config = own
    if method.scores == "raw":
        config = GenerationConfig(eos_token_id=own.eos_token_id, pad_token_id=own.pad_token_id)
    elif own.do_sample:
        raise SystemExit("the expert's generation config samples; method.scores=processed needs "
                         "do_sample false")
    prompt_ids = encode(pair.tokenizer, method, prompt)
    ids = torch.tensor([prompt_ids])
    pair.expert.generation_config = config
    try:
        output = pair.expert.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=max_new_tokens,
            output_scores=True, return_dict_in_generate=True)
    finally:
        pair.expert.generation_config = own
    token_ids = output.sequences[0, len(prompt_ids):].tolist()
    return Trajectory(prompt, prompt_ids, token_ids, torch.cat(output.scores).float())


@torch.no_grad()
def amateur_logits(pair: Pair, trajectory: Trajectory, method: Method) -> torch.Tensor:
    """[steps, amateur head] in the model's dtype."""
    known = trajectory.prompt_ids + trajectory.token_ids[:-1]
    if method.prefix == "ids":
        rows = _forward(pair, [known], method)[0]
        return rows[len(trajectory.prompt_ids) - 1:len(known)]
    prefixes = [
        encode(pair.tokenizer, method,
               trajectory.prompt + pair.tokenizer.decode(trajectory.token_ids[:step]))
        for step in range(len(trajectory.token_ids))
    ]
    # The reference never looks at step 0: with that one apart its batches are of the same prefixes,
    # so that even the last bits agree.
    starts = [0, *range(1, len(prefixes), PREFIXES_A_FORWARD)]
    last = []
    for first, end in zip(starts, [*starts[1:], len(prefixes)]):
        batch = prefixes[first:end]
        logits = _forward(pair, batch, method)
        last += [logits[row, len(prefix) - 1] for row, prefix in enumerate(batch)]
    return torch.stack(last)


def _forward(pair: Pair, prefixes: list[list[int]], method: Method) -> torch.Tensor:
    """Logits [prefixes, longest, head] of prefixes padded on the right."""
    pad = pad_token(pair.tokenizer) if method.attention_mask == "not_pad" else 0
    ids = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(prefix) for prefix in prefixes], batch_first=True, padding_value=pad)
    if method.attention_mask == "not_pad":
        mask = ids != pad
    else:
        mask = torch.arange(ids.shape[1]) < torch.tensor([[len(prefix)] for prefix in prefixes])
    return pair.amateur(_amateur_ids(pair, ids, method), attention_mask=mask.long()).logits


def _amateur_ids(pair: Pair, ids: torch.Tensor, method: Method) -> torch.Tensor:
    """The reference feeds the expert's ids to the amateur whatever they mean there."""
    expert, amateur = pair.columns
    if method.vocabulary == "cut" or torch.equal(expert, amateur):
        return ids
    table = torch.full((pair.expert.config.vocab_size,), -1)
    table[expert] = amateur
    if (table[ids] < 0).any():
        raise SystemExit("the prefix holds a token that the amateur's tokenizer does not know")
    return table[ids]


def _probabilities(logits: torch.Tensor, columns: torch.Tensor, method: Method):
    """pi, pi + e and log(pi + e), each [steps, shared ids]."""
    if method.vocabulary == "shared":
        logits, columns = logits[:, columns], slice(None)
    pi = torch.softmax(logits, -1)[:, columns]
    if method.log_epsilon == 0:  # in log space: a probability may be too small for its dtype
        return pi, pi, torch.log_softmax(logits, -1)[:, columns]
    return pi, pi + method.log_epsilon, torch.log(pi + method.log_epsilon)


def contrast(pair: Pair, scores: torch.Tensor, logits: torch.Tensor, method: Method,
             alpha: float) -> list[Step]:
    """All steps of a trajectory from the expert's scores and the amateur's logits."""
    if method.vocabulary == "cut":
        ids = torch.arange(min(scores.shape[1], logits.shape[1]))
        columns = ids, ids
    else:
        columns = pair.columns
    if method.amateur_softmax == "float32":
        logits = logits.float()
    pi_e, raised_e, log_e = _probabilities(scores, columns[0], method)
    _, _, log_a = _probabilities(logits, columns[1], method)
    top = scores.topk(2).values
    steps = []
    for t in range(len(scores)):
        kl = F.kl_div(log_a[t], raised_e[t], reduction="sum").item()
        threshold = alpha * pi_e[t].max()
        plausible = pi_e[t] >= threshold
        weights = torch.softmax((log_e[t] - log_a[t])[plausible], -1)
        steps.append(Step(
            kl, columns[0][plausible].tolist(), weights.tolist(),
            (pi_e[t] / threshold - 1).abs().min().item(), (top[t, 0] - top[t, 1]).item()))
    return steps


def samples_of(pair: Pair, problem: Problem, trajectory: Trajectory, steps: list[Step],
               method: Method, beta: float) -> list[dict]:
    """The selected steps as lines of the samples file."""
    decode = pair.tokenizer.decode
    return [
        {
            "prompt_id": problem.id,
            "step": step,
            "prefix": decode(trajectory.token_ids[:step]),
            "tokens": [decode([token]) for token in made.token_ids],
            "token_ids": made.token_ids,
            "weights": made.weights,
            "kl_divergence": made.kl,
        }
        for step, made in enumerate(steps)
        if made.kl >= beta and not (step == 0 and method.skip_first_step)
    ]


def sample_problem(pair: Pair, form: PromptFormat, problem: Problem, method: Method,
                   limits: tuple[int, float, float]) -> tuple[Trajectory, list[dict]]:
    """`limits`: longest continuation, alpha, beta."""
    max_new_tokens, alpha, beta = limits
    prompt = prompt_text(pair.tokenizer, form, problem.question)
    trajectory = generate(pair, prompt, method, max_new_tokens)
    logits = amateur_logits(pair, trajectory, method)
    steps = contrast(pair, trajectory.scores, logits, method, alpha)
    return trajectory, samples_of(pair, problem, trajectory, steps, method, beta)
