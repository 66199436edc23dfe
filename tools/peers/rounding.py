# SPDX-License-Identifier: Apache-2.0
"""How far apart fp32's rounding may put two computations of one sample.

A logit of size L carries an error of some tens of L * 2^-24: each of the hundreds of sums on the
way to it is rounded, in an order that depends on the CPU's vector width and on its libraries. A
weight w, a softmax of differences of logits, moves by w (1 - w) times the error of a difference; a
step's KL by its logits' errors, each times the probability it meets. The factors are the model's
own, so no constant fits every pair and CPU, but one experiment tells them: the reference in fp32
against itself in double, at the very steps that are compared. Ours is the same arithmetic in
another order, with errors of the same size: it must lie within SLACK times as far from double.

SLACK: the largest of some dozens of errors exceeds the largest of as many others, drawn alike, by
a factor of two now and then, by three seldom. An error of SMALLEST_ERROR is never allowed."""

import dataclasses

SLACK = 5
SMALLEST_ERROR = 1e-4  # relative of a KL, absolute of a weight: must fail
STORED = 2**-24        # relative: what storing a number in fp32 may move it by


@dataclasses.dataclass
class Rounding:
    """Largest errors of fp32 in any step that is compared."""

    kl: float = STORED         # relative
    weight: float = STORED     # absolute
    threshold: float = STORED  # of a probability's relative distance to the threshold
    kl_of_ours: float = 0      # what ours turned out to have
    weight_of_ours: float = 0

    def __str__(self):
        return (f"fp32 moves KL by {self.kl:.1e}, in ours {self.kl_of_ours:.1e}, "
                f"weights by {self.weight:.1e}, in ours {self.weight_of_ours:.1e}")


def common_steps(one, other):
    """Number of tokens up to and with the first that differs."""
    pairs = zip(one, other)
    parting = next((t for t, (a, b) in enumerate(pairs) if a != b), None)
    return min(len(one), len(other)) if parting is None else parting + 1


def measure(arms, beta):
    """From (steps in fp32, steps in double) of each method, both by problem id (trajectory, steps).
    Steps of a KL under half of `beta` are far from being selected and never compared."""
    found = Rounding()
    for rounded, exact in arms:
        for problem, (trajectory, steps) in exact.items():
            other, others = rounded[problem]
            count = common_steps(trajectory.token_ids, other.token_ids)
            for step, near in zip(steps[:count], others):
                if step.kl >= beta / 2:
                    _widen(found, step, near)
    return found


def allowed(error):
    """How far ours may be from double where fp32's largest error in the reference is `error`."""
    return min(SLACK * error, 0.9 * SMALLEST_ERROR)


def _widen(found, step, near):
    found.kl = max(found.kl, abs(near.kl / step.kl - 1))
    found.threshold = max(found.threshold, abs(near.threshold_gap - step.threshold_gap))
    if near.token_ids == step.token_ids:
        gaps = (abs(a - b) for a, b in zip(near.weights, step.weights))
        found.weight = max(found.weight, *gaps)


def compare_step(name, ours, expected, errors):
    """One selected step's sample on both sides; false when an id is too near its threshold."""
    for key in ("prefix", "tokens"):
        assert ours[key] == expected[key], f"{name}: {key} {ours[key]}, expected {expected[key]}"
    if ours["token_ids"] != expected["token_ids"]:
        return False
    kl, should_be = ours["kl_divergence"], expected["kl_divergence"]
    gap, limit = abs(kl / should_be - 1), allowed(errors.kl)
    assert gap <= limit, f"{name}: KL {kl}, expected {should_be}, fp32 allows {limit:.1e} of it"
    errors.kl_of_ours = max(errors.kl_of_ours, gap)
    gap = max(abs(a - b) for a, b in zip(ours["weights"], expected["weights"]))
    limit = allowed(errors.weight)
    assert gap <= limit, f"{name}: weights differ by {gap:.1e}, fp32 allows {limit:.1e}"
    errors.weight_of_ours = max(errors.weight_of_ours, gap)
    return True


def refuses_planted_errors(sample, errors):
    """Whether a sample that is SMALLEST_ERROR away, in its KL or in a weight, is told apart."""
    first, *others = sample["weights"]
    planted = [{**sample, "kl_divergence": sample["kl_divergence"] * (1 + SMALLEST_ERROR)},
               {**sample, "weights": [first - SMALLEST_ERROR, *others]}]
    for wrong in planted:
        try:
            compare_step("planted", wrong, sample, errors)
        except AssertionError:
            continue
        return False
    return True
