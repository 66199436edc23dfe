#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our program with tools/reference under method.mode = paper and reference and under each
switch alone: selected steps, soft labels, and the course of tuning.

    check_reference.py BINARY SCRATCH [--families FAMILY ...]

Expected is what the reference computes in double; how far fp32 may be from it is measured
(rounding.py).

The tiny pair shows that a trained pair agrees, a random pair of each family that every switch is
the same switch in both: its heads are wider than its tokenizer, its generation config has a
repetition penalty and its prompt holds the pad token.
"""
import argparse
import copy
import dataclasses
import pathlib
import shutil

import torch

import bfloat16_tuning
import our_runs
import random_pair
import reference_tuning
import rounding
from yardstick import arms_of, methods, sampling, texts

RUNS = pathlib.Path(__file__).resolve().parents[2] / "config" / "runs"
CLOSE_SHARE = 0.01    # of all steps
# A greedy choice by less may differ; what follows it is not compared. The logits carry up to 7e-5
# of rounding each, four of them meet in a choice that is made twice, and this is thrice their sum.
SMALLEST_MARGIN = 1e-3
ALPHA = 0.2
UNTOLD = ("amateur_softmax",)  # tells nothing in fp32


@dataclasses.dataclass
class Setting:
    """A pair with what both sides must know of the run."""

    name: str
    runs: our_runs.Runs
    folder: pathlib.Path  # of expert and amateur
    form: texts.PromptFormat
    problems: list
    max_new_tokens: int
    beta: float
    pair: sampling.Pair = None  # in fp32
    sides: tuple = ()

    def load(self):
        self.pair = sampling.load_pair(self.folder / "expert", self.folder / "amateur", "float32")
        exact = (copy.deepcopy(model).double() for model in (self.pair.expert, self.pair.amateur))
        self.sides = Side(self.pair), Side(
            sampling.Pair(*exact, self.pair.tokenizer, self.pair.columns), torch.float64)

    def results(self, method):
        """The reference's in fp32 and in double."""
        return [side.results(self, method) for side in self.sides]


@dataclasses.dataclass
class Side:
    """The reference in one precision. generate() rounds scores to fp32, also those of double."""

    pair: sampling.Pair
    dtype: torch.dtype = torch.float32
    cache: dict = dataclasses.field(default_factory=dict)

    def results(self, setting, method):
        """By problem id: trajectory and steps. Arms share what their switches leave alone."""
        results = {}
        for problem in setting.problems:
            prompt = texts.prompt_text(self.pair.tokenizer, setting.form, problem.question)
            heard = (problem.id, method.scores, method.prefix)
            if heard not in self.cache:
                self.cache[heard] = sampling.generate(self.pair, prompt, method,
                                                      setting.max_new_tokens)
            said = (*heard, method.attention_mask)
            if said not in self.cache:
                self.cache[said] = sampling.amateur_logits(self.pair, self.cache[heard], method)
            trajectory = self.cache[heard]
            results[problem.id] = trajectory, self.contrast(trajectory, self.cache[said], method)
        return results

    def contrast(self, trajectory, logits, method):
        if self.dtype == torch.float64:
            method = dataclasses.replace(method, amateur_softmax="model")  # not rounded to fp32
        return sampling.contrast(self.pair, trajectory.scores.to(self.dtype),
                                 logits.to(self.dtype), method, ALPHA)


def comparable_steps(name, ours, trajectory, steps):
    """Steps up to the first where the continuations part, which must have been a close choice."""
    assert ours["prompt_ids"] == trajectory.prompt_ids, f"{name}: other prompt ids"
    count = rounding.common_steps(ours["token_ids"], trajectory.token_ids)
    if ours["token_ids"][:count] == trajectory.token_ids[:count]:
        assert len(ours["token_ids"]) == len(trajectory.token_ids), f"{name}: other length"
        return count
    margin = steps[count - 1].top_gap
    assert margin < SMALLEST_MARGIN, f"{name}: parts at step {count - 1} with a margin of {margin}"
    return count


def compare_samples(setting, arm, method, exact, errors):
    ours = {(s["prompt_id"], s["step"]): s for s in setting.runs.export(arm)}
    ids = setting.runs.trajectories(arm)
    assert set(ids) == set(exact), f"{setting.name}, {arm}: other problems"
    seen = selected = left_out = close = 0
    for problem in setting.problems:
        trajectory, steps = exact[problem.id]
        where = f"{setting.name}, {arm}, {problem.id}"
        count = comparable_steps(where, ids[problem.id], trajectory, steps)
        left_out += len(steps) - count
        samples = {s["step"]: s for s in sampling.samples_of(
            setting.pair, problem, trajectory, steps, method, setting.beta)}
        for t in range(count):
            name, seen = f"{where}, step {t}", seen + 1
            sample = ours.get((problem.id, t))
            if (sample is None) != (t not in samples):
                near = abs(steps[t].kl / setting.beta - 1)
                assert near <= rounding.allowed(errors.kl), (
                    f"{name}: KL {steps[t].kl} is selected on one side only")
                close += 1
            elif sample is not None:
                selected += 1
                if not rounding.compare_step(name, sample, samples[t], errors):
                    near = steps[t].threshold_gap
                    assert near <= rounding.allowed(errors.threshold), (
                        f"{name}: {sample}\nexpected {samples[t]}")
                    close += 1
                assert rounding.refuses_planted_errors(samples[t], errors), f"{name}: tells nothing"
    assert close + left_out <= CLOSE_SHARE * seen, f"{setting.name}, {arm}: {close} too close"
    print(f"{setting.name}, {arm}: {seen} steps, {selected} selected alike, {close} too close to "
          f"tell, {left_out} after a close choice left out", flush=True)


def check_sampling(setting, must_tell):
    """`must_tell`: a switch that changes nothing here would prove nothing."""
    arms = arms_of(methods.SAMPLING)
    results = {arm: setting.results(method) for arm, (method, _) in arms.items()}
    errors = rounding.measure(results.values(), setting.beta)
    _, plain = results["paper"]
    for arm, (method, overrides) in arms.items():
        setting.runs.job("sample", arm, overrides)
        _, exact = results[arm]
        compare_samples(setting, arm, method, exact, errors)
        if must_tell and arm not in ("paper", "skip_first_step", *UNTOLD):
            gap = max(abs(a.kl / b.kl - 1) for key in plain
                      for a, b in zip(exact[key][1], plain[key][1]))
            assert gap > rounding.SMALLEST_ERROR, f"{setting.name}, {arm}: changes no step"
    print(f"{setting.name}: {errors}", flush=True)


def tiny_pair(binary, scratch):
    overrides = ["sampling.max_problems=16", "sampling.max_new_tokens=96"]
    runs = our_runs.Runs(binary, RUNS / "micro.toml", scratch / "tiny", overrides)
    problems = texts.read_problems(random_pair.DEMO / "problems" / "train.jsonl", 16)
    return Setting("tiny pair", runs, random_pair.DEMO, texts.PromptFormat(), problems, 96, 0.4)


def random_setting(family, binary, scratch):
    folder = scratch / family
    random_pair.make_pair(folder, family)
    beta = 17.0  # about half of the steps of such a pair
    overrides = ["sampling.max_problems=4", "sampling.max_new_tokens=40",
                 f"contrast.kl_beta={beta}"]
    runs = our_runs.Runs(binary, folder / "run.toml", folder, overrides)
    problems = texts.read_problems(random_pair.DEMO / "problems" / "train.jsonl", 4)
    form = texts.PromptFormat(random_pair.SYSTEM)
    return Setting(f"random {family}", runs, folder, form, problems, 40, beta)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY", type=pathlib.Path)
    parser.add_argument("scratch", metavar="SCRATCH", type=pathlib.Path, help="is emptied")
    parser.add_argument("--families", nargs="*", default=random_pair.FAMILIES)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    scratch = arguments.scratch.resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "tiny").mkdir(parents=True)
    settings = [tiny_pair(arguments.binary.resolve(), scratch)]
    settings += [random_setting(f, arguments.binary.resolve(), scratch) for f in arguments.families]
    for setting in settings:
        setting.load()
        is_random = setting is not settings[0]
        check_sampling(setting, must_tell=is_random)
        reference_tuning.check(setting, updates=10 if is_random else 50,
                               each_switch=is_random)
        if not is_random:
            bfloat16_tuning.check(setting, updates=30)


if __name__ == "__main__":
    main()
