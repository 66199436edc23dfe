# SPDX-License-Identifier: Apache-2.0
"""Samples and tunes as the reference code of LightReasoner does, or as the paper says, on
transformers and peft: the yardstick of the program's method.* keys. Slow and plain on purpose."""

import argparse
from pathlib import Path

import torch
from method import MODES, method_of
from sampling import load_pair, sample_problem
from texts import PromptFormat, read_lines, read_problems, write_lines
from tuning import Settings, make_examples, read_order, tune_folder

PIECES = ("before_system", "before_question", "after_question")


def add_common(job: argparse.ArgumentParser) -> None:
    job.add_argument("--expert", type=Path, required=True, metavar="DIR")
    job.add_argument("--problems", type=Path, required=True, metavar="FILE", help="JSON Lines")
    job.add_argument("--mode", choices=MODES, default="reference")
    job.add_argument("--set", action="append", default=[], metavar="method.KEY=VALUE",
                     help="one switch over the mode")
    job.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    job.add_argument("--threads", type=int, default=1)
    job.add_argument("--system", default=PromptFormat.system)
    for piece in PIECES:
        job.add_argument("--" + piece.replace("_", "-"), metavar="TEXT",
                         help="prompt.%s of a run file; without any of the three the chat template "
                         "is used, or ChatML where there is none" % piece)


def prompt_format(arguments, tokenizer_folder: Path) -> PromptFormat:
    given = {p: getattr(arguments, p) for p in PIECES if getattr(arguments, p) is not None}
    config = (tokenizer_folder / "tokenizer_config.json").read_text(encoding="utf-8")
    has_template = '"chat_template"' in config or (
        tokenizer_folder / "chat_template.jinja").exists()
    return PromptFormat(arguments.system, from_template=has_template and not given, **given)


def sample(arguments) -> None:
    method = method_of(arguments.mode, arguments.set)
    form = prompt_format(arguments, arguments.expert)
    pair = load_pair(arguments.expert, arguments.amateur, arguments.dtype)
    limits = arguments.max_new_tokens, arguments.alpha, arguments.beta
    samples, trajectories, num_steps = [], [], 0
    for problem in read_problems(arguments.problems, arguments.max_problems):
        trajectory, selected = sample_problem(pair, form, problem, method, limits)
        samples += selected
        num_steps += len(trajectory.token_ids)
        trajectories.append({"prompt_id": problem.id, "prompt_ids": trajectory.prompt_ids,
                             "token_ids": trajectory.token_ids})
    write_lines(arguments.out, samples)
    if arguments.trajectories:
        write_lines(arguments.trajectories, trajectories)
    print(f"{arguments.out}: {len(samples)} of {num_steps} steps selected")


def tune(arguments) -> None:
    method = method_of(arguments.mode, arguments.set)
    if method.prefix == "ids" and not arguments.trajectories:
        raise SystemExit("method.prefix=ids needs --trajectories: samples hold text alone")
    settings = Settings(
        **{name: getattr(arguments, name) for name in Settings.__dataclass_fields__})

    def make(tokenizer):
        samples = read_lines(arguments.samples)
        questions = {p.id: p.question for p in read_problems(arguments.problems)}
        lines = read_lines(arguments.trajectories) if arguments.trajectories else []
        form = prompt_format(arguments, arguments.expert)
        examples = make_examples(samples, questions, {t["prompt_id"]: t for t in lines}, tokenizer,
                                 form, method)
        return examples, read_order(arguments.order, len(examples))

    tune_folder(arguments.expert, arguments.adapter, arguments.out, make, settings, method)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/run_reference", description=__doc__)
    jobs = parser.add_subparsers(required=True)
    job = jobs.add_parser("sample", help="problems to selected steps with soft labels")
    job.set_defaults(run=sample)
    add_common(job)
    job.add_argument("--amateur", type=Path, required=True, metavar="DIR")
    job.add_argument("--out", type=Path, required=True, metavar="FILE", help="samples, JSON Lines")
    job.add_argument("--trajectories", type=Path, metavar="FILE", help="also all token ids")
    job.add_argument("--max-problems", type=int, default=0, help="the first of the file, 0: all")
    job.add_argument("--max-new-tokens", type=int, default=128)
    job.add_argument("--alpha", type=float, default=0.2, help="contrast.plausibility_alpha")
    job.add_argument("--beta", type=float, default=0.4, help="contrast.kl_beta")

    job = jobs.add_parser("tune", help="samples to a PEFT adapter and losses.json")
    job.set_defaults(run=tune)
    add_common(job)
    job.add_argument("--samples", type=Path, required=True, metavar="FILE")
    job.add_argument("--trajectories", type=Path, metavar="FILE", help="for method.prefix=ids")
    job.add_argument("--adapter", type=Path, required=True, metavar="DIR", help="to start from")
    job.add_argument("--order", type=Path, required=True, metavar="FILE",
                     help="a sample's 0-based line a line, cycled")
    job.add_argument("--out", type=Path, required=True, metavar="DIR")
    for name in ("iterations", "learning_rate", "micro_batch", "gradient_accumulation", "dropout",
                 "max_gradient_norm"):
        default = getattr(Settings, name)
        job.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
