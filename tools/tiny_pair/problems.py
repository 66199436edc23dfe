# SPDX-License-Identifier: Apache-2.0
"""Synthetic word problems of 2 to 4 arithmetic steps, and the two styles of answering them."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

NAMES = "Tom Ana Sam Mia Leo Eva Ben Zoe Max Ivy Jack Lily Omar Nina Paul Rosa".split()
ITEMS = "apples books coins cards pens shells stamps marbles cookies stickers".split()
GAIN = ["buys {} more", "finds {} more", "gets {} from a friend"]
LOSS = ["gives away {}", "loses {}", "sells {}"]
SYSTEM = "Please reason step by step."

SET_SEED = 991
SET_SIZE = 400


@dataclass(frozen=True)
class Problem:
    question: str
    steps: tuple[str, ...]  # "13-12=1"; what a problem is, apart from its names
    answer: int

    def prompt(self) -> str:
        """The ChatML text up to where the assistant begins."""
        return (
            f"<|im_start|>system\n{SYSTEM}<|im_end|>\n"
            f"<|im_start|>user\n{self.question}<|im_end|>\n<|im_start|>assistant\n"
        )

    def reasoned(self) -> str:
        return f"Solution: {'. '.join(self.steps)}. The answer is \\boxed{{{self.answer}}}."

    def direct(self) -> str:
        return f"Solution: the answer is \\boxed{{{self.answer}}}."


def _step(random: Random, name: str, value: int, opening: str | None) -> tuple[str, str, int]:
    """One sentence, its calculation and the new value; every value stays a positive integer."""
    operations = ["add"]
    if value >= 3:
        operations.append("subtract")
    if value <= 40:
        operations.append("multiply")
    if value % 2 == 0 and value >= 4:
        operations.append("halve")
    operation = random.choice(operations)
    opening = opening or random.choice(["First", "Today"])
    if operation == "add":
        k = random.randint(2, 40)
        sentence = f"{opening} {name} {random.choice(GAIN).format(k)}."
        return sentence, f"{value}+{k}={value + k}", value + k
    if operation == "subtract":
        k = random.randint(1, min(value - 1, 40))
        sentence = f"{opening} {name} {random.choice(LOSS).format(k)}."
        return sentence, f"{value}-{k}={value - k}", value - k
    if operation == "multiply":
        k = random.choice([2, 3])
        return f"{opening} the number grows {k} times.", f"{value}*{k}={value * k}", value * k
    return f"{opening} half of them are lost.", f"{value}/2={value // 2}", value // 2


def draw_problem(random: Random) -> Problem:
    name, item = random.choice(NAMES), random.choice(ITEMS)
    value = random.randint(2, 40)
    sentences, steps = [f"{name} has {value} {item}."], []
    for index in range(random.choice([2, 3, 3, 4])):
        sentence, step, value = _step(random, name, value, "Then" if index else None)
        sentences.append(sentence)
        steps.append(step)
    sentences.append(f"How many {item} does {name} have now?")
    return Problem(" ".join(sentences), tuple(steps), value)


def draw_new_problem(random: Random, taken: set[tuple[str, ...]]) -> Problem:
    """A problem whose calculation, names aside, is not in `taken`."""
    while (problem := draw_problem(random)).steps in taken:
        pass
    return problem


def draw_sets() -> dict[str, list[Problem]]:
    """The held-out set and the set to sample and tune on; no calculation occurs twice in them."""
    random = Random(SET_SEED)
    taken: set[tuple[str, ...]] = set()
    sets: dict[str, list[Problem]] = {"test": [], "train": []}
    for problems in sets.values():
        for _ in range(SET_SIZE):
            problems.append(draw_new_problem(random, taken))
            taken.add(problems[-1].steps)
    return sets


def write_sets(sets: dict[str, list[Problem]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, problems in sets.items():
        with open(folder / f"{name}.jsonl", "w", encoding="ascii", newline="\n") as file:
            for index, problem in enumerate(problems):
                line = {
                    "id": f"{name}-{index:03}",
                    "question": problem.question,
                    "solution": problem.reasoned(),
                    "answer": str(problem.answer),
                }
                file.write(json.dumps(line) + "\n")


def check_sets(folder: Path) -> None:
    """Reads the files back; raises when they overlap, in wording or in calculation."""
    seen: dict[str, str] = {}
    for name in ("test", "train"):
        lines = (folder / f"{name}.jsonl").read_text(encoding="ascii").splitlines()
        if len(lines) != SET_SIZE:
            raise SystemExit(f"{name}.jsonl: {len(lines)} problems, expected {SET_SIZE}")
        for line in map(json.loads, lines):
            for key in (line["question"], line["solution"]):
                if key in seen:
                    raise SystemExit(f"{line['id']} repeats {seen[key]}: {key}")
                seen[key] = line["id"]
