# SPDX-License-Identifier: Apache-2.0
"""The bound that fp32's rounding gives two computations of a sample tells 1e-4 from rounding."""

import sys
import types
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "peers"))
import rounding  # noqa: E402

SAMPLE = {"prefix": "a", "tokens": ["b", "c"], "token_ids": [1, 2], "weights": [0.5, 0.5],
          "kl_divergence": 0.7}


def a_step(kl=0.7, weights=(0.5, 0.5)):
    return types.SimpleNamespace(kl=kl, weights=list(weights), token_ids=[1, 2], threshold_gap=0.1)


def results(steps, token_ids=(7, 8)):
    return {"problem": (types.SimpleNamespace(token_ids=list(token_ids)), list(steps))}


class Rounding(unittest.TestCase):
    def test_is_the_largest_error_of_a_compared_step(self):
        exact = results([a_step(), a_step(kl=0.1)])
        rounded = results([a_step(0.7 + 7e-6, (0.5 + 2e-5, 0.5 - 1e-5)), a_step(kl=0.2)])
        found = rounding.measure([(rounded, exact)], beta=0.4)
        self.assertAlmostEqual(found.kl, 1e-5)
        self.assertAlmostEqual(found.weight, 2e-5)

    def test_leaves_out_what_follows_a_close_choice(self):
        exact = results([a_step(), a_step()])
        rounded = results([a_step(), a_step(kl=0.9)], token_ids=(6, 8))
        self.assertEqual(rounding.measure([(rounded, exact)], beta=0.4).kl, rounding.STORED)

    def test_refuses_an_error_however_much_fp32_moves(self):
        errors = rounding.Rounding(kl=1e-3, weight=1e-3)
        self.assertTrue(rounding.refuses_planted_errors(SAMPLE, errors))

    def test_accepts_rounding_and_refuses_an_error(self):
        errors = rounding.Rounding(kl=1e-5, weight=1e-5)
        near = {**SAMPLE, "weights": [0.5 + 3e-5, 0.5 - 3e-5], "kl_divergence": 0.7 * (1 + 3e-5)}
        self.assertTrue(rounding.compare_step("near", near, SAMPLE, errors))
        self.assertAlmostEqual(errors.weight_of_ours, 3e-5)
        self.assertTrue(rounding.refuses_planted_errors(SAMPLE, errors))

    def test_leaves_other_ids_to_the_threshold(self):
        other = {**SAMPLE, "token_ids": [1, 3]}
        self.assertFalse(rounding.compare_step("other", other, SAMPLE, rounding.Rounding()))


if __name__ == "__main__":
    unittest.main()
