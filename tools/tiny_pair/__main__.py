# SPDX-License-Identifier: Apache-2.0
"""Makes the demo's expert, amateur, tokenizer and problem sets from nothing.

usage: tools/make_tiny_pair OUT     (packages: tools/peers/requirements.txt)

Equal bytes on one machine (one thread); other machines may give other bits but the same
outcome, which is measured on the held-out set and must lie within ACCEPTED.
"""

import argparse
import hashlib
from pathlib import Path

import torch
from measuring import accuracy
from problems import check_sets, draw_sets, write_sets
from tokenizer import train_tokenizer
from training import RECIPES, train_model

THREADS = 1
ACCEPTED = {  # accuracy on the held-out problems: lowest and highest
    ("expert", "left alone"): (0.25, 0.55),
    ("expert", "made to begin a calculation"): (0.95, 1.0),
    ("amateur", "left alone"): (0.0, 0.20),
    ("amateur", "made to begin a calculation"): (0.0, 0.20),
}


def write_sums(folder: Path) -> None:
    """SHA256SUMS in the form `sha256sum --check` reads."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    lines = [f"{digest}  {path.relative_to(folder)}\n" for digest, path in zip(sums, files)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools/make_tiny_pair",
        description="Trains the demo's two models from scratch and makes its problem sets "
        "(about an hour on one core).",
    )
    parser.add_argument("out", type=Path, help="folder to fill, as config/demo is")
    parser.add_argument("--iterations", type=int, help="train this short, to try the tool out")
    parser.add_argument("--only-problems", action="store_true", help="make no models")
    parser.add_argument("--only-sums", action="store_true", help="rewrite SHA256SUMS alone")
    arguments = parser.parse_args()

    if not arguments.only_sums:
        make(arguments)
    write_sums(arguments.out)


def make(arguments: argparse.Namespace) -> None:
    sets = draw_sets()
    write_sets(sets, arguments.out / "problems")
    check_sets(arguments.out / "problems")
    if arguments.only_problems:
        return
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    taken = {problem.steps for problems in sets.values() for problem in problems}
    tokenizer = train_tokenizer()
    failures = []
    for name in RECIPES:
        model = train_model(name, tokenizer, taken, arguments.iterations)
        model.save_pretrained(arguments.out / name)
        tokenizer.save_pretrained(arguments.out / name)
        for how in ("left alone", "made to begin a calculation"):
            share = accuracy(model, tokenizer, sets["test"], forced=how != "left alone")
            low, high = ACCEPTED[name, how]
            print(f"{name}, {how}: {share:.1%} right, accepted {low:.0%} to {high:.0%}", flush=True)
            if not low <= share <= high:
                failures.append(f"{name}, {how}")
    if failures and arguments.iterations is None:
        raise SystemExit("outside the accepted outcome: " + "; ".join(failures))


if __name__ == "__main__":
    main()
