# SPDX-License-Identifier: Apache-2.0
"""Where the paper and the reference code differ: one switch each, named as in a run file."""

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """Defaults are the paper's."""

    prefix: str = "ids"  # what the amateur, and the expert in tuning, read: ids, or text anew
    max_prefix_tokens: int = 0  # tuning: first tokens of prompt and prefix that are read, 0: all
    skip_first_step: bool = False  # step 0 gives no sample
    scores: str = "raw"  # the expert's logits as they are, or after generate()'s processors
    log_epsilon: float = 0.0  # added to both probabilities before their logarithms
    amateur_softmax: str = "float32"  # precision of the amateur's softmax, or the model's
    vocabulary: str = "shared"  # softmax on the shared ids, or on each head, then cut
    label_vocabulary: str = "head"  # tuning: width of label and softmax, or tokenizer.vocab_size
    loss_position: str = "last"  # tuning: a sample's own last position, or the padded batch's
    attention_mask: str = "prefix"  # the amateur sees its prefix, or what is not the pad token


REFERENCE = Method(
    prefix="text",
    max_prefix_tokens=512,
    skip_first_step=True,
    scores="processed",
    log_epsilon=1e-12,
    amateur_softmax="model",
    vocabulary="cut",
    label_vocabulary="tokenizer",
    loss_position="padded",
    attention_mask="not_pad",
)
MODES = {"paper": Method(), "reference": REFERENCE}
SAMPLING = (
    "prefix",
    "skip_first_step",
    "scores",
    "log_epsilon",
    "amateur_softmax",
    "vocabulary",
    "attention_mask",
)


def spelled(key: str, value: object) -> str:
    """As an override of our program has it: method.skip_first_step=true."""
    return f"method.{key}={str(value).lower() if isinstance(value, bool) else value}"


def alone(key: str) -> Method:
    """The paper's method but for one switch, which is the reference's."""
    return dataclasses.replace(Method(), **{key: getattr(REFERENCE, key)})


def _parse(key: str, text: str) -> object:
    paper, reference = getattr(Method(), key), getattr(REFERENCE, key)
    if isinstance(paper, bool):
        known = {"true": True, "false": False}
    elif isinstance(paper, str):
        known = {paper: paper, reference: reference}
    else:
        value = type(paper)(text)
        if not 0 <= value < float("inf"):
            raise ValueError("must be 0 or more")
        return value
    if text not in known:
        raise ValueError("must be one of " + ", ".join(known))
    return known[text]


def method_of(mode: str, settings: list[str]) -> Method:
    """The mode's method with `method.KEY=VALUE` settings over it."""
    values = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        key = name.removeprefix("method.")
        if name == key or key not in Method.__dataclass_fields__:
            raise SystemExit(f"--set {setting}: no such key; keys: " + ", ".join(
                f"method.{known}" for known in Method.__dataclass_fields__))
        try:
            values[key] = _parse(key, text.strip("\"'"))
        except ValueError as error:
            raise SystemExit(f"--set {setting}: {error}") from error
    return dataclasses.replace(MODES[mode], **values)
