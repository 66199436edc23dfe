# SPDX-License-Identifier: Apache-2.0
"""The modules of tools/reference, for the checks that compare with them."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
import method as methods
import sampling
import texts
import tuning

__all__ = ["arms_of", "methods", "sampling", "texts", "tuning"]


def arms_of(keys):
    """Name to method and the overrides that ask our program for it."""
    arms = {mode: (method, [f"method.mode={mode}"]) for mode, method in methods.MODES.items()}
    for key in keys:
        method = methods.alone(key)
        arms[key] = method, ["method.mode=paper", methods.spelled(key, getattr(method, key))]
    return arms
