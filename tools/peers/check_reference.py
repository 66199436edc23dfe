#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our program with tools/reference under method.mode = paper and reference and under each
switch alone: selected steps, soft labels, and the course of tuning.

    check_reference.py BINARY SCRATCH [--families FAMILY ...]

The tiny pair shows that a trained pair agrees, a random pair of each family that every switch is
the same switch in both: its heads are wider than its tokenizer, its generation config has a
repetition penalty and its prompt holds the pad token.
"""
import argparse
import dataclasses
import pathlib
import shutil

import torch

import our_runs
import random_pair
import reference_tuning
from yardstick import arms_of, methods, sampling, texts

RUNS = pathlib.Path(__file__).resolve().parents[2] / "config" / "runs"
KL_GAP = 1e-5         # relative, also where a step or an id is too near its threshold to be told
WEIGHT_GAP = 1e-5
CLOSE_SHARE = 0.01    # of all steps
SMALLEST_MARGIN = 1e-3  # a greedy choice by less may differ; what follows it is not compared
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
    cache: dict = dataclasses.field(default_factory=dict)
    pair: sampling.Pair = None

    def theirs(self, method):
        """By problem id: trajectory and steps. Arms share what their switches leave alone."""
        results = {}
        for problem in self.problems:
            prompt = texts.prompt_text(self.pair.tokenizer, self.form, problem.question)
            heard = (problem.id, method.scores, method.prefix)
            if heard not in self.cache:
                self.cache[heard] = sampling.generate(self.pair, prompt, method,
                                                      self.max_new_tokens)
            said = (*heard, method.attention_mask)
            if said not in self.cache:
                self.cache[said] = sampling.amateur_logits(self.pair, self.cache[heard], method)
            trajectory = self.cache[heard]
            results[problem.id] = trajectory, sampling.contrast(
                self.pair, trajectory.scores, self.cache[said], method, ALPHA)
        return results


def comparable_steps(name, ours, trajectory, steps):
    """Steps up to the first where the continuations part, which must have been a close choice."""
    assert ours["prompt_ids"] == trajectory.prompt_ids, f"{name}: other prompt ids"
    pairs = list(zip(ours["token_ids"], trajectory.token_ids))
    parting = next((t for t, (one, other) in enumerate(pairs) if one != other), None)
    if parting is None:
        assert len(ours["token_ids"]) == len(trajectory.token_ids), f"{name}: other length"
        return len(pairs)
    margin = steps[parting].top_gap
    assert margin < SMALLEST_MARGIN, f"{name}: parts at step {parting} with a margin of {margin}"
    return parting + 1


def compare_step(name, ours, theirs):
    """One selected step's sample on both sides; false when an id is too near its threshold."""
    for key in ("prefix", "tokens", "token_ids"):
        if ours[key] != theirs[key]:
            return False
    gap = abs(ours["kl_divergence"] - theirs["kl_divergence"]) / theirs["kl_divergence"]
    assert gap <= KL_GAP, f"{name}: KL {ours['kl_divergence']}, expected {theirs['kl_divergence']}"
    weight_gap = max(abs(a - b) for a, b in zip(ours["weights"], theirs["weights"]))
    assert weight_gap <= WEIGHT_GAP, f"{name}: weights differ by {weight_gap:.1e}"
    return True


def compare_samples(setting, arm, method, theirs):
    ours = {(s["prompt_id"], s["step"]): s for s in setting.runs.export(arm)}
    ids = setting.runs.trajectories(arm)
    assert set(ids) == set(theirs), f"{setting.name}, {arm}: other problems"
    seen = selected = left_out = close = 0
    for problem in setting.problems:
        trajectory, steps = theirs[problem.id]
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
                assert near <= KL_GAP, f"{name}: KL {steps[t].kl} is selected on one side only"
                close += 1
            elif sample is not None:
                selected += 1
                if not compare_step(name, sample, samples[t]):
                    assert steps[t].threshold_gap <= KL_GAP, (
                        f"{name}: {sample}\nexpected {samples[t]}")
                    close += 1
    assert close + left_out <= CLOSE_SHARE * seen, f"{setting.name}, {arm}: {close} too close"
    print(f"{setting.name}, {arm}: {seen} steps, {selected} selected alike, {close} too close to "
          f"tell, {left_out} after a close choice left out", flush=True)


def check_sampling(setting, must_tell):
    """`must_tell`: a switch that changes nothing here would prove nothing."""
    plain = setting.theirs(methods.Method())
    for arm, (method, overrides) in arms_of(methods.SAMPLING).items():
        setting.runs.job("sample", arm, overrides)
        theirs = setting.theirs(method)
        compare_samples(setting, arm, method, theirs)
        if must_tell and arm not in ("paper", "skip_first_step", *UNTOLD):
            gap = max(abs(a.kl / b.kl - 1) for key in plain
                      for a, b in zip(theirs[key][1], plain[key][1]))
            assert gap > 10 * KL_GAP, f"{setting.name}, {arm}: changes no step"


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
        setting.pair = sampling.load_pair(setting.folder / "expert", setting.folder / "amateur",
                                          "float32")
        is_random = setting is not settings[0]
        check_sampling(setting, must_tell=is_random)
        reference_tuning.check(setting, updates=10 if is_random else 50,
                               each_switch=is_random)


if __name__ == "__main__":
    main()
